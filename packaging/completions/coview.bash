# SPDX-License-Identifier: Apache-2.0
# bash completion for coview. Load it with: source <(coview completion bash)

_coview() {
  local current plain glued line value word rest=${COMP_LINE#"${COMP_WORDS[0]}"}
  local -a line_words=()
  COMPREPLY=()

  # Readline takes words apart at colons and equals signs too, and replaces only what comes after the last one.
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ -z $rest || $rest == [[:space:]]* ]]; then
      line_words+=("$word") glued=
    else
      glued=${line_words[-1]} line_words[-1]+=$word
      if [[ $word == [:=]* ]]; then glued+=$word; fi
    fi
    rest=${rest#"${rest%%[![:space:]]*}"} rest=${rest#"$word"}
  done
  current=${line_words[-1]}
  unset 'line_words[-1]'

  # What is typed so far, without its quoting. In quotation marks, readline keeps the mark and adds the closing one.
  plain=$(_coview_unquoted "$current") glued=$(_coview_unquoted "$glued")
  while IFS= read -r line; do
    value=${line%%$'\t'*}
    case $line in
      :files) compopt -o default 2>/dev/null ;;
      :command) _coview_command ;;
      "$plain"*)
        value=${value#"$glued"}
        case $current in
          [\'\"]*) COMPREPLY+=("$value") ;;
          *) printf -v value %q "$value"; COMPREPLY+=("$value") ;;
        esac ;;
    esac
  done < <(coview complete -- "${line_words[@]}" "$plain" 2>/dev/null)
}

_coview_unquoted() {
  local text=$1
  case $text in
    [\'\"]*) text=${text:1} ;;
    *) text=${text//\\\\/$'\1'} text=${text//\\/} text=${text//$'\1'/\\} ;;
  esac
  printf %s "$text"
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
