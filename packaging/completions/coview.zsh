#compdef coview
# SPDX-License-Identifier: Apache-2.0
# zsh completion for coview. Put it where $fpath leads, named _coview: coview completion zsh > ~/.zfunc/_coview

_coview() {
  local line
  local -a values descriptions
  for line in "${(@f)$(coview complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) _files; return ;;
      :command)
        # The command after "--" completes as it would on a line of its own.
        local mark=${words[(i)--]}
        words=("${(@)words[mark+1,-1]}")
        (( CURRENT -= mark ))
        _normal
        return ;;
      *$'\t'*)
        values+=("${line%%$'\t'*}")
        descriptions+=("${line%%$'\t'*}  ${line#*$'\t'}") ;;
      *)
        values+=("$line")
        descriptions+=("$line") ;;
    esac
  done
  compadd -l -d descriptions -a values
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _coview "$@"
else
  compdef _coview coview
fi
