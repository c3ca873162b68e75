command -v sha256sum >/dev/null || sha256sum() { shasum -a 256 "$@"; }
file='{{ file }}'
seal='{{ seal }}'
seal=$(printf %s "$seal" | tr -cd '0-9A-Fa-f-' | tr A-F a-f); sealed=${seal%%-*}; n=0; fault=
before={{ '0' * 64 }}
case $sealed in ''|*[!0-9]*|0*) fault='this is no seal' ;; esac
if [ -n "$fault" ]; then :
elif [ ! -r "$file" ]; then fault='the file cannot be read'
elif [ "$(LC_ALL=C tr -d '\n -~' < "$file" | wc -c)" -ne 0 ]; then fault='bytes that no line has'
elif [ "$(tail -c 1 "$file" | wc -l)" -ne 1 ]; then fault='the last line breaks off'; fi
[ -n "$fault" ] || while [ -z "$fault" ] && IFS= read -r line; do
  n=$((n + 1)); start="{\"number\":$n,\"previous\":\"$before\",\"kind\":\""
  hash=$(printf %s "$line" | sed 's/,"sha256":"[0-9a-f]*"}$//' | tr -d '\n' | sha256sum |
    cut -c 1-64)
  case $line in *",\"sha256\":\"$hash\"}") ;; *) fault="line $n: its hash" ;; esac
  case $line in "$start"*) ;; *) fault="line $n: its place" ;; esac
  case $n:${line#"$start"} in 1:log\"*) ;; 1:*|"$n:log\""*) fault="line $n: its kind" ;; esac
  [ $n -ne $sealed ] || [ "$n-$hash" = "$seal" ] || fault='not what was sealed'
  before=$hash
done < "$file"
[ -n "$fault" ] || [ $n -ge $sealed ] || fault="lines are missing after line $n"
[ -z "$fault" ] && echo "HOLDS: lines 1 to $sealed are those that were sealed, of $n" \
  || echo "DOES NOT HOLD: $fault"
