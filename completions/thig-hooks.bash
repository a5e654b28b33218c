# Completion of thig-hooks for bash. The program itself provides the candidates.

_thig_hooks() {
  local line=${COMP_LINE:0:COMP_POINT} words=() kept=0 i part blanks answer
  # Bash also splits words at = and :. Join them again; what Bash replaces is the last part.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    blanks=${line%%[![:space:]]*}
    line=${line#"$blanks"}
    part=${COMP_WORDS[i]}
    ((i < COMP_CWORD)) || part=$line
    line=${line#"$part"}
    if ((i > 0)) && [[ -z $blanks ]]; then
      kept=${#words[-1]}
      words[-1]+=$part
      [[ $part != [=:]* ]] || kept=${#words[-1]}
    else
      kept=0
      words+=("$part")
    fi
  done
  # The program expects bytes.
  part=${words[-1]:0:kept}
  kept=$(LC_ALL=C && printf %s "${#part}")
  COMPREPLY=()
  while IFS= read -r answer; do
    case $answer in
      *$'\t'*) COMPREPLY+=("${answer%%$'\t'*}") ;;
      :files) compopt -o default 2>/dev/null ;;
      :folders) compopt -o dirnames 2>/dev/null ;;
    esac
  done < <("${1/#\~\//$HOME/}" __complete bash "$kept" "${words[@]:1}" 2>/dev/null)
}

complete -o nosort -F _thig_hooks thig-hooks
