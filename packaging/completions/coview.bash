# SPDX-License-Identifier: Apache-2.0
# bash completion for coview. Load it with: source <(coview completion bash)

_coview() {
  local current=${COMP_WORDS[COMP_CWORD]} plain line value
  local -a line_words=("${COMP_WORDS[@]:1:COMP_CWORD-1}")
  COMPREPLY=()

  # What is typed so far, without its quoting. In quotation marks, readline keeps the mark and adds the closing one.
  case $current in
    [\'\"]*) plain=${current:1} ;;
    *) plain=${current//\\\\/$'\1'} plain=${plain//\\/} plain=${plain//$'\1'/\\} ;;
  esac

  while IFS= read -r line; do
    value=${line%%$'\t'*}
    case $line in
      :files) compopt -o default 2>/dev/null ;;
      :command) _coview_command ;;
      "$plain"*)
        case $current in
          [\'\"]*) COMPREPLY+=("$value") ;;
          *) printf -v value %q "$value"; COMPREPLY+=("$value") ;;
        esac ;;
    esac
  done < <(coview complete -- "${line_words[@]}" "$plain" 2>/dev/null)
}

# The command after "--", with its own completion where bash-completion is there.
_coview_command() {
  local i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    [[ ${COMP_WORDS[i]} == -- ]] && break
  done
  if declare -F _command_offset >/dev/null; then
    _command_offset $((i + 1))
  elif ((COMP_CWORD == i + 1)); then
    mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
  else
    compopt -o default 2>/dev/null
  fi
}

complete -F _coview coview
