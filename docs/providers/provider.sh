#!/bin/sh
# A complete pull provider with curl alone: keeps a file with the addresses that are to be blocked, one a line.
#
#     INTERDICT_URL=https://interdict.example INTERDICT_TOKEN=… sh provider.sh PROVIDER_ID blocked.txt
#
# Answers are read by patterns: that does for one action a call. What the filer wrote stands between what the server says
# first and last, so a pattern begins at either end.
set -u
provider=$1 file=$2
touch "$file"

# call METHOD PATH [BODY]: the answer goes to $answer, its status to $status (000 where there is none).
call() {
    # The token is in no argument, where other users of the machine could read it.
    answer=$(printf 'header = "Authorization: Bearer %s"\n' "$INTERDICT_TOKEN" |
        curl -sS -K - -m 40 -w '\n%{http_code}' -X "$1" "$INTERDICT_URL/api/v1/$2" \
            -H 'Content-Type: application/json' ${3:+-d "$3"})
    status=$(printf '%s\n' "$answer" | tail -n 1)
    answer=$(printf '%s\n' "$answer" | sed '$d')
}

# retry METHOD PATH [BODY]: until the server answers; fails where it refuses.
retry() {
    while :; do
        call "$@"
        case $status in
            2??) return 0 ;;
            000 | 429 | 5??) sleep 2 ;;
            *) echo "$1 $2: $status $answer" >&2 && return 1 ;;
        esac
    done
}

# pick PATTERN: what the group in the pattern stands for in $answer.
pick() {
    printf '%s\n' "$answer" | sed -n "s|^$1.*\$|\1|p"
}

carry_out() {
    # As the catalog spells it; what comes before is as it was filed.
    name=$(pick '.*"@interdict.execution":{[^{}]*"name":"\([^"]*\)"')
    address=$(pick '.*"@interdict.execution":{[^{}]*"parameters":\[.*{"name":"IP","value":"\([0-9a-f.:/]*\)"}')
    case $name in
        BlockIp) undo= ;;
        UnblockIp) undo=yes ;;
        *) address= ;;
    esac
    # The first renewal says that we begin. Work that takes longer than a third of the lease renews it meanwhile.
    retry POST "leases/$lease/renew" "{\"fence\":$fence}" || return
    if [ "$(pick '{"directive":"\([a-z]*\)"')" = cancel ]; then
        error='{"code":1,"message":"cancelled before anything was done"}'
        retry POST "leases/$lease/fail" "{\"fence\":$fence,\"cancelled\":true,\"errorInfo\":$error}"
        return
    fi
    if [ -z "$address" ]; then
        retry POST "leases/$lease/fail" "{\"fence\":$fence,\"errorInfo\":{\"code\":2,\"message\":\"not known here\"}}"
        return
    fi
    # The file is written whole or not at all. Work that may be left half done says `"uncertain":true` where it fails.
    if { { grep -vxF "$address" "$file" || [ $? -eq 1 ]; } && { [ -n "$undo" ] || echo "$address"; }; } > "$file.new" &&
        mv "$file.new" "$file"; then
        retry POST "leases/$lease/complete" "{\"fence\":$fence,\"result\":{\"address\":\"$address\"}}"
    else
        error='{"code":3,"message":"the file cannot be written"}'
        retry POST "leases/$lease/fail" "{\"fence\":$fence,\"retryable\":true,\"errorInfo\":$error}"
    fi
}

while :; do
    retry POST "providers/$provider/leases" '{"max":1,"waitSeconds":20,"leaseSeconds":60}' || exit 1
    lease=$(pick '{"value":\[{"leaseId":"\([^"]*\)"') fence=$(pick '{"value":\[{[^{]*"fence":\([0-9]*\)')
    [ -z "$lease" ] || carry_out
done
