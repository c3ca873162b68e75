command -v sha256sum >/dev/null || sha256sum() { shasum -a 256 "$@"; }
file='{{ file }}'
seal='{{ seal }}'
seal=$(printf %s "$seal" | tr -cd '0-9A-Fa-f-' | tr A-F a-f); sealed=${seal%%-*}; n=0; fault=
before={{ '0' * 64 }}
case $sealed in ''|*[!0-9]*|0*) fault='{{ say("this is no seal") }}' ;; esac
if [ -n "$fault" ]; then :
elif [ ! -r "$file" ]; then fault='{{ say("the file cannot be read") }}'
elif [ "$(LC_ALL=C tr -d '\n -~' < "$file" | wc -c)" -ne 0 ]; then
  fault='{{ say("bytes that no line has") }}'
elif [ "$(tail -c 1 "$file" | wc -l)" -ne 1 ]; then fault='{{ say("the last line breaks off") }}'; fi
[ -n "$fault" ] || while [ -z "$fault" ] && IFS= read -r line; do
  n=$((n + 1)); start="{\"number\":$n,\"previous\":\"$before\",\"kind\":\""
  hash=$(printf %s "$line" | sed 's/,"sha256":"[0-9a-f]*"}$//' | tr -d '\n' | sha256sum |
    cut -c 1-64)
  case $line in *",\"sha256\":\"$hash\"}") ;; *) fault="{{ say("line {line}: its hash", line="$n") }}" ;; esac
  case $line in "$start"*) ;; *) fault="{{ say("line {line}: its place", line="$n") }}" ;; esac
  case $n:${line#"$start"} in 1:log\"*) ;; 1:*|"$n:log\""*) fault="{{ say("line {line}: its kind", line="$n") }}" ;; esac
  [ $n -ne $sealed ] || [ "$n-$hash" = "$seal" ] || fault='{{ say("not what was sealed") }}'
  before=$hash
done < "$file"
[ -n "$fault" ] || [ $n -ge $sealed ] || fault="{{ say("lines are missing after line {line}", line="$n") }}"
[ -z "$fault" ] && echo "{{ say("HOLDS: lines 1 to {sealed} are those that were sealed, of {count}", sealed="$sealed", count="$n") }}" \
  || echo "{{ say("DOES NOT HOLD: {fault}", fault="$fault") }}"
