#!/usr/bin/env bash
# Follows the template that this project was made from: `make update`, `make update-check` and
# `make option` call it. Copier does the work, in a clone of this project; what comes out is brought
# here in one step. So whatever stops it, a wrong answer or a lost network, this tree is as it was.
set -euo pipefail

answers=.copier-answers.yml
read -ra copier <<<"${COPIER-}"

main() {
  cd "$(dirname "$0")/.."
  scratch=$(mktemp -d 2>/dev/null) ||
    stop "Nothing can be written to ${TMPDIR:-/tmp}: name another folder in TMPDIR."
  trap 'rm -rf "$scratch"' EXIT
  log=$scratch/log
  case ${1:-} in
    check) check ;;
    update) update "${@:2}" ;;
    option) option "${@:2}" ;;
    *) stop "Say what to do: check, update, or option name=value" ;;
  esac
}

check() {
  have_answers && have_copier
  local found current latest
  found=$("${copier[@]}" check-update --output-format=json 2>"$log") || stop "$(reason)"
  current=$(version current <<<"$found") latest=$(version latest <<<"$found")
  case $found in
    *'"update_available": false'*) up_to_date ;;
    *'"update_available": true'*)
      stop "There is a newer template: $latest. This project has $current. The template's CHANGELOG.md" \
        "says what is new. Take it in: make update"
      ;;
    *) stop "$(reason)" ;;
  esac
}

version() {
  sed -n "s/.*\"$1_version\": \"\([^\"]*\)\".*/\1/p"
}

# With answers, for questions that the newer template asks first.
update() {
  ready
  read_answers make update "$@"
  merge
}

option() {
  ready
  [ $# -gt 0 ] || stop 'Say which: make option SET="python=3.13 license=MIT"'
  read_answers make option "$@"
  local name
  for name in "${names[@]}"; do
    [ -n "$(answer "$name")" ] || stop "$name is no question; $answers has them all."
  done
  merge --vcs-ref=:current:
}

# --- Before anything is changed ---------------------------------------------------------------

ready() {
  local refusal
  refusal=$(LC_ALL=C git rev-parse --git-dir 2>&1 >/dev/null) || case $refusal in
    *"not a git repository"*) stop "This folder is not in git, so nothing could be taken back: git init" ;;
    # The folder belongs to somebody else, for one; git names the cure.
    *) stop "git: ${refusal//[$'\n\t']/ }" ;;
  esac
  if [ -n "$(git status --porcelain --untracked-files=normal)" ] ||
    ! git rev-parse --quiet --verify HEAD >/dev/null; then
    stop "Commit first: what is not committed could not be told from the update."
  fi
  have_answers && have_copier
}

# The command in COPIER, if set; otherwise Copier on PATH, or in .tools/, where it is then installed.
have_copier() {
  local found
  # shellcheck disable=SC2086 # a command with its arguments
  found=$(${PYTHON:-python3} .copier/tools.py "copier>=9.19" ${copier[@]+"${copier[@]}"}) || exit 1
  [ -n "${copier[*]-}" ] || copier=("$found")
}

# An answer changed by hand would be believed, and the files left as they are.
have_answers() {
  local last name
  if [ ! -f $answers ]; then
    last=$(git log -1 --diff-filter=D --format=%h^ -- $answers 2>/dev/null || true)
    stop "$answers is missing; it tells what this project was made from. Take it back:" \
      "git checkout ${last:-HEAD} -- $answers"
  fi
  [ "$(sed -n 's/^# sha1: //p' $answers | tr -d '\r')" = "$(tr -d '\r' <$answers | sed -n '/^[a-z]/,$p' | sha1)" ] ||
    stop "$answers was edited by hand. Take its answers back (git log -p $answers shows them)," \
      'then change them with: make option SET="name=value"'
  for name in _commit _src_path; do
    [ -n "$(answer $name)" ] ||
      stop "$answers has no $name, and so no template. Take the line back: git log -p $answers"
  done
  case $(answer _src_path) in
    . | ..) stop "$answers names the template as seen from elsewhere. Write its full place as _src_path." ;;
  esac
}

sha1() {
  { sha1sum 2>/dev/null || shasum; } | cut -d ' ' -f 1
}

# What stands behind a name in the file of answers; '' is an answer, nothing is none.
answer() {
  sed -n "s/^$1: //p" $answers | tr -d '\r'
}

# `names` and `data`: the answers given behind the command, for a look and for Copier.
read_answers() {
  local command="$1 $2" given name value
  shift 2
  names=() data=()
  for given in "$@"; do
    name=${given%%=*} value=${given#*=}
    [[ $name =~ ^[a-z][a-z_]*$ ]] || stop "$name is no question; $answers has them all."
    [ "$name" != package_name ] ||
      stop "package_name cannot be changed later: your code imports the package by it."
    [[ $given == *=* ]] || stop "Say what $name shall be: $command SET=\"$name=…\""
    case $(answer "$name")/$value in
      true/true | true/false | false/true | false/false) ;;
      true/* | false/*) stop "$name is true or false, and not $value." ;;
    esac
    names+=("$name") data+=(--data "$given")
  done
}

say_what_is_left_to_do() {
  local given=" ${names[*]-} "
  if [ -d migrations ] && [[ $given == *" data_layer "* || $given == *" database "* ]]; then
    echo "No row is moved and no table dropped: the database of now stays as it is."
    echo "What you wrote for it, such as migrations, you rewrite yourself where that is needed."
  fi
  [[ $given != *" package_manager "* ]] ||
    echo "The lock file of the package manager before stays until you delete it."
  [[ $given != *" preset "* ]] ||
    echo "A preset fills in the other answers at the start. It changes none of them later."
}

# --- The change -------------------------------------------------------------------------------

merge() {
  local top prefix copy=$scratch/copy path unmerged refusal before after
  before=$(answer _commit)
  top=$(git rev-parse --show-toplevel) prefix=$(git rev-parse --show-prefix)
  "${plainly[@]}" git clone --quiet --shared "$top" "$copy" 2>"$log" || stop "$(reason)"
  # With all lines as context, what you changed among similar lines stays where it is.
  if ! "${plainly[@]}" "${copier[@]}" update --quiet --defaults --context-lines 100000 \
    "$@" ${data[@]+"${data[@]}"} "$copy/$prefix" 2>"$log"; then
    # Made from a commit that no release has yet.
    ! grep -q "Downgrades are not supported" "$log" || up_to_date
    stop "$(reason)"
  fi
  for path in ${names[@]+"${names[@]}"}; do
    grep -q "^$path: " "$copy/$prefix$answers" || stop "$path is no question of the newer template either."
  done
  # Copier makes these anew when they are missing; you may have deleted them.
  for path in README.md tests/conftest.py; do
    [ -e $path ] || rm -f "$copy/$prefix$path"
  done

  unmerged=$(git -C "$copy" ls-files --unmerged)
  "${plainly[@]}" git -C "$copy" add --all --force
  if git -C "$copy" diff-index --cached --quiet HEAD; then
    say_what_is_left_to_do
    echo "There is nothing to change."
    return
  fi
  refuse_other_encodings "$copy"
  git -C "$copy" diff-index --cached --patch --binary --no-renames --no-ext-diff HEAD >"$scratch/patch"
  refusal=$(LC_ALL=C git -C "$top" apply --index --check --whitespace=nowarn "$scratch/patch" 2>&1) ||
    stop "Something of yours that git does not show is in the way; move it elsewhere first" \
      "(${refusal%%$'\n'*})."

  say_what_is_left_to_do
  trap '' INT TERM HUP # from here on all of it is done
  git -C "$top" apply --index --whitespace=nowarn "$scratch/patch"
  after=$(answer _commit)
  [ "$after" = "$before" ] ||
    echo "The template was ${before#v}, and is ${after#v} now. Its CHANGELOG.md says what is new."
  path=$(git diff --cached --no-renames --diff-filter=D --name-only)
  [ -z "$path" ] || printf 'Deleted, with what you changed in them; git has them still:\n%s\n' "$path"
  [ -z "$unmerged" ] || leave_to_you "$copy" "$unmerged"
  trap - INT TERM HUP

  echo "Done. Look at it: git diff --staged. Take it back: git reset --hard"
  run_checks ||
    stop "The change is made, but not all is well: see above. Take it back: git reset --hard"
}

# The checks install the dependencies first, which writes the lock file: it belongs to the change.
run_checks() {
  local lock status=0
  lock=$(sed -n 's/^LOCK := //p' Makefile | tr -d '\r')
  if [ -n "${CHECKS-}" ]; then
    # shellcheck disable=SC2086 # the names of several targets
    make --no-print-directory $CHECKS || status=$?
    [ ! -f "$lock" ] || git check-ignore --quiet "$lock" || git add "$lock"
  elif ! git diff --cached --quiet -- pyproject.toml && ! git check-ignore --quiet "$lock"; then
    echo "Nothing was installed: run make setup, and stage $lock if that changes it."
  fi
  return $status
}

# What you have set for git must not hide from Copier what it has written, nor change it.
plainly=(env GIT_ATTR_NOSYSTEM=1 GIT_TEMPLATE_DIR=)
git_settings() {
  local setting number=${GIT_CONFIG_COUNT:-0}
  for setting in apply.whitespace=nowarn core.attributesFile=/dev/null core.autocrlf=false \
    core.excludesFile=/dev/null core.hooksPath=/dev/null core.safecrlf=false diff.noprefix=false \
    status.showUntrackedFiles=normal; do
    plainly+=("GIT_CONFIG_KEY_$number=${setting%%=*}" "GIT_CONFIG_VALUE_$number=${setting#*=}")
    number=$((number + 1))
  done
  plainly+=("GIT_CONFIG_COUNT=$number")
}
git_settings

# Copier reads files as UTF-8, and drops what is none.
refuse_other_encodings() {
  local path
  git -C "$1" diff-index --cached --diff-filter=M --no-renames --name-only -z HEAD |
    while IFS= read -r -d '' path; do
      git -C "$1" cat-file blob "HEAD:$path" >"$scratch/blob"
      ! iconv -f UTF-8 -t UTF-8 "$scratch/blob" >/dev/null 2>&1 ||
        [ "$(tr -d '\0' <"$scratch/blob" | wc -c)" -ne "$(wc -c <"$scratch/blob")" ] || continue
      stop "$path is no text in UTF-8, and the template's changes would damage it." \
        "Convert it, or keep it under another name."
    done
}

# What you and the template both changed: git is told that it is unmerged, as after `git merge`.
leave_to_you() {
  local copy=$1 unmerged=$2 paths blob
  paths=$(cut -f 2 <<<"$unmerged" | sort -u)
  cut -d ' ' -f 2 <<<"$unmerged" | while read -r blob; do
    git -C "$copy" cat-file blob "$blob" | git hash-object -w --stdin >/dev/null
  done
  git -C "$top" rm --cached --quiet --pathspec-from-file=- <<<"$paths"
  git -C "$top" update-index --index-info <<<"$unmerged"
  echo "You and the template changed the same lines. Mend what stands between the conflict markers:" >&2
  echo "$paths" >&2
  stop "Then: git add. Or take all of it back: git reset --hard"
}

up_to_date() {
  echo "This project is up to date with its template."
  exit
}

# --- What went wrong --------------------------------------------------------------------------

stop() {
  echo "$*" >&2
  exit 1
}

# What Copier or git printed, in one line that names the cure.
reason() {
  local last place
  place=$(answer _src_path)
  last=$(grep -m 1 -o 'fatal: .*' "$log" || tail -n 1 "$log")
  last=${last#*Error: }
  case $last in
    "Unknown revision"*)
      echo "The template at $place has no version $(answer _commit) any more." \
        "Write one that it has into $answers as _commit; git ls-remote --tags $place shows them."
      ;;
    fatal:* | "Local template must be a directory."* | *git-tracked\ templates*)
      echo "The template cannot be read from $place (${last#fatal: })." \
        "If it has moved, write its new place into $answers as _src_path."
      ;;
    *"codec can't decode"*) echo "The name of a file is not in UTF-8 ($last). Rename it first: git ls-files" ;;
    "") echo "${copier[*]} ended without a word. Try: ${copier[*]} update --pretend" ;;
    *) echo "$last" ;;
  esac
}

main "$@"
exit
