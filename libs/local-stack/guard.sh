#!/bin/sh
# Ends the servers when the process that started them is gone, however it went: a killed process cannot clean up,
# but the kernel closes its end of this script's standard input. One guard for all servers, about 1 MB.
#
# Lines on standard input: "add PID" and "remove PID".
trap '' INT TERM HUP
pids=' '
while read -r verb pid; do
  case $verb in
    add) pids="$pids$pid " ;;
    remove)
      rest=' '
      for p in $pids; do [ "$p" = "$pid" ] || rest="$rest$p "; done
      pids=$rest
      ;;
  esac
done
[ "$pids" = ' ' ] && exit 0
# A clean end first: a broker that was told to stop starts quicker the next time. CONT, or a stopped one hears nothing.
kill -TERM $pids 2>/dev/null
kill -CONT $pids 2>/dev/null
left=50
while [ "$left" -gt 0 ]; do
  alive=no
  for p in $pids; do kill -0 "$p" 2>/dev/null && alive=yes; done
  [ "$alive" = no ] && exit 0
  left=$((left - 1))
  sleep 0.1
done
kill -KILL $pids 2>/dev/null
exit 0
