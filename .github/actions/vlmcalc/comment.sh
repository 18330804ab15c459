#!/usr/bin/env bash
# Writes the report as a comment on the pull request, over the one of an earlier run if there is one.
# A comment that cannot be written is only warned about: the check has its own exit code.
#
# Reads REPORT and, for gh, GH_TOKEN.
set -uo pipefail

if [[ ! $GITHUB_REF =~ ^refs/pull/([0-9]+)/ ]]; then
  echo "This run is of no pull request: nothing to comment on."
  exit 0
fi
comments=repos/$GITHUB_REPOSITORY/issues/${BASH_REMATCH[1]}/comments
MARKER=$(head -n 1 "$REPORT")
export MARKER
# Any comment begins with an empty marker.
if [[ $MARKER != "<!-- vlmcalc:"* ]]; then
  echo "There is no report: nothing to comment."
  exit 0
fi

write() {
  local own id
  own='.[] | select(.user.type == "Bot" and (.body | startswith(env.MARKER))) | .id'
  id=$(gh api --paginate "$comments" --jq "$own" | head -n 1) || return
  if [[ -n $id ]]; then
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -F "body=@$REPORT"
  else
    gh api --method POST "$comments" -F "body=@$REPORT"
  fi > /dev/null
}

if ! write; then
  echo "::warning title=vlmcalc::The comment cannot be written. The job needs the permission" \
    "pull-requests: write, which pull requests from forks do not have."
fi
