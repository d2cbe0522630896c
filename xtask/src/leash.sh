# Runs a program until it ends or the pipe on our input closes, which it does however the other end dies.
# Usage: leash.sh SIGNAL PROGRAM [ARGUMENT]…   A folder in LEASH_LITTER is removed at the end.
signal=$1
shift
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
(
    read -r _ <&3
    kill -s "$signal" "$child"
    sleep 5
    kill -s KILL "$child"
) >/dev/null 2>&1 &
guard=$!
exec 3<&-
# Ctrl-C reaches everybody in the terminal; the child ends in its own way, and is waited for.
trap : INT TERM
code=0
while kill -0 "$child" 2>/dev/null; do
    wait "$child"
    code=$?
done
kill "$guard" 2>/dev/null
[ -z "$LEASH_LITTER" ] || rm -rf -- "$LEASH_LITTER"
exit "$code"
