#!/usr/bin/env bash
# Checks specs. Prints what is wrong once, as annotations, which the log shows too; writes a report in
# Markdown, and where they are asked for the summary of the job and SARIF. Exits as `vlmcalc check`
# does.
#
# Reads PATHS, POLICY, CHANGED_SINCE, FAIL_ON_WARN, BINARY, SUMMARY, SARIF_FILE.
set -uo pipefail

vlmcalc=${BINARY:-$RUNNER_TEMP/vlmcalc/bin/vlmcalc}
report=$RUNNER_TEMP/vlmcalc-check.md

arguments=()
while IFS= read -r file; do
  [[ -n $file ]] && arguments+=("--policy=$file")
done <<< "$POLICY"
[[ -n $CHANGED_SINCE ]] && arguments+=("--changed-since=$CHANGED_SINCE")
[[ $FAIL_ON_WARN == true ]] && arguments+=(--fail-on-warn)
arguments+=(--)
while IFS= read -r path; do
  [[ -n $path ]] && arguments+=("$path")
done <<< "$PATHS"

# The report in one format. What keeps it from being one is said with the first only.
check() {
  "$vlmcalc" check --color never --format "$1" "${arguments[@]}"
}

check github
code=$?
check markdown > "$report" 2> /dev/null
[[ $SUMMARY == true ]] && cat "$report" >> "$GITHUB_STEP_SUMMARY"
if [[ -n $SARIF_FILE ]]; then
  mkdir -p "$(dirname "$SARIF_FILE")"
  check sarif > "$SARIF_FILE" 2> /dev/null
fi
outcome=$(check json 2> /dev/null | sed -n 's/^  "outcome": "\([a-z]*\)",$/\1/p')
{
  echo "outcome=${outcome:-error}"
  echo "report=$report"
} >> "$GITHUB_OUTPUT"
exit "$code"
