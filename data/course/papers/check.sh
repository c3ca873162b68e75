command -v sha256sum >/dev/null || sha256sum() { shasum -a 256 "$@"; }
file='{{ file }}'
seal='{{ seal }}'
export LC_ALL=C; cr=$(printf '\r'); bom=$(printf '\357\273\277'); dash=$(printf '\342\200\223')
seal=$(printf %s "$seal" | sed "s/$dash/-/" | tr -d '[:space:]' | tr A-F a-f); sealed=${seal%%-*}
copy=$(mktemp); n=0; fault=; before={{ '0' * 64 }}
x='[0-9a-f]'; code="00[0189a-f]$x|007f|0[1-9a-f]$x$x|[1-9a-f]$x$x$x"
text='"([] !#-[^-~]|\\["\\bfnrt]|\\u('$code'))*"'
one="($text|-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,30})?(e-[0-9]{2})?|true|false|null)"
item="($one|\\[($one(,$one)*)?\\])"; list="($one|\\[($item(,$item)*)?\\])"
name='"[a-z0-9_]+":'; object="($list|\\{($name$one(,$name$one)*)?\\})"
form="\\{\"number\":[1-9][0-9]{0,11},\"previous\":\"$x{64}\",\"kind\":"
form="$form(\"log\"(,$name$object)*|\"(exchange|reading|exhibit)\"(,$name$list)*)\\}"
c='[A-Za-z0-9+/]'; base64="($c{4})*($c[AQgw]==|$c{2}[AEIMQUYcgkosw048]=)?"
first() { head -n 1 | cut -d : -f 1; }
if ! printf %s "$seal" | grep -Eqx "[1-9][0-9]{0,11}-$x{64}"; then
  fault='{{ say("report.this_is_no_seal") }}'
elif [ ! -r "$file" ]; then fault='{{ say("report.file_cannot_read") }}'
else
  { cat "$file"; [ "$(tail -c 1 "$file" | wc -l)" -eq 1 ] || echo; } |
    sed "1s/^$bom//; s/$cr\$//" > "$copy"
  [ "$(tr -d '\n -~' < "$copy" | wc -c)" -eq 0 ] || fault='{{ say("report.bytes_no_line") }}'
fi
if [ -z "$fault" ]; then
  odd=$(grep -Evnx "$form" "$copy" | first)
  false=$(grep -n '"kind":"exchange"' "$copy" | grep -Ev ",\"answer\":\"$base64\"" | first)
  twice=$(awk '{ rest = $0; while (match(rest, /[{,]"[a-z0-9_]+":/)) {
    name = substr(rest, RSTART + 1, RLENGTH - 1); if (seen[name] == NR) { print NR; exit }
    seen[name] = NR; rest = substr(rest, RSTART + RLENGTH) } }' "$copy")
fi
while [ -z "$fault" ] && IFS= read -r line; do
  n=$((n + 1)); start="{\"number\":$n,\"previous\":\"$before\",\"kind\":\""
  hash=$(printf %s "${line%,\"sha256\":\"*}" | sha256sum); hash=${hash%% *}
  case $line in *",\"sha256\":\"$hash\"}") ;; *) fault="{{ say("report.line_line_its_hash", line="$n") }}" ;; esac
  case $line in "$start"*) ;; *) fault="{{ say("report.line_line_its_place", line="$n") }}" ;; esac
  case $n:${line#"$start"} in 1:log\",\"format\":\"labsupport\ evidence\ [12]\"*) ;;
    1:*|"$n:log\""*) fault="{{ say("report.line_line_its_kind", line="$n") }}" ;; esac
  [ $n != "$odd" ] && [ $n != "$twice" ] || fault="{{ say("report.line_line_its_form", line="$n") }}"
  case ${line#"$start"} in exchange\"*)
    answer=${line#*,\"answer\":\"}; answer=${answer%%\"*}; told=
    [ -z "$answer" ] || told=$(printf %s "$answer" | base64 -d 2>/dev/null | sha256sum)
    case $line in *",\"answer_sha256\":\"${told%% *}\""*) ;; *) false=$n ;; esac
    [ $n != "$false" ] || fault="{{ say("report.line_line_its_answer", line="$n") }}" ;; esac
  [ $n -ne $sealed ] || [ "$n-$hash" = "$seal" ] || fault='{{ say("report.not_what_was_sealed") }}'
  before=$hash
done < "$copy"
rm "$copy"
[ -n "$fault" ] || [ $n -ge $sealed ] || fault="{{ say("report.lines_missing_after_line", line="$n") }}"
[ -z "$fault" ] && echo "{{ say("report.holds_lines_1_sealed", sealed="$sealed", count="$n") }}" \
  || echo "{{ say("report.does_not_hold_fault", fault="$fault") }}"
