command -v sha256sum >/dev/null || sha256sum() { shasum -a 256 "$@"; }
file='{{ file }}'
seal='{{ seal }}'
seal=$(printf %s "$seal" | tr -cd '0-9A-Fa-f-' | tr A-F a-f); sealed=${seal%%-*}; n=0; fault=
before={{ '0' * 64 }}
case $sealed in ''|*[!0-9]*|0*) fault='{{ say("report.this_is_no_seal") }}' ;; esac
if [ -n "$fault" ]; then :
elif [ ! -r "$file" ]; then fault='{{ say("report.file_cannot_read") }}'
elif [ "$(LC_ALL=C tr -d '\n -~' < "$file" | wc -c)" -ne 0 ]; then
  fault='{{ say("report.bytes_no_line") }}'
elif [ "$(tail -c 1 "$file" | wc -l)" -ne 1 ]; then fault='{{ say("report.last_line_breaks_off") }}'; fi
[ -n "$fault" ] || while [ -z "$fault" ] && IFS= read -r line; do
  n=$((n + 1)); start="{\"number\":$n,\"previous\":\"$before\",\"kind\":\""
  hash=$(printf %s "$line" | sed 's/,"sha256":"[0-9a-f]*"}$//' | tr -d '\n' | sha256sum |
    cut -c 1-64)
  case $line in *",\"sha256\":\"$hash\"}") ;; *) fault="{{ say("report.line_line_its_hash", line="$n") }}" ;; esac
  case $line in "$start"*) ;; *) fault="{{ say("report.line_line_its_place", line="$n") }}" ;; esac
  case $n:${line#"$start"} in 1:log\"*) ;; 1:*|"$n:log\""*) fault="{{ say("report.line_line_its_kind", line="$n") }}" ;; esac
  [ $n -ne $sealed ] || [ "$n-$hash" = "$seal" ] || fault='{{ say("report.not_what_was_sealed") }}'
  before=$hash
done < "$file"
[ -n "$fault" ] || [ $n -ge $sealed ] || fault="{{ say("report.lines_missing_after_line", line="$n") }}"
[ -z "$fault" ] && echo "{{ say("report.holds_lines_1_sealed", sealed="$sealed", count="$n") }}" \
  || echo "{{ say("report.does_not_hold_fault", fault="$fault") }}"
