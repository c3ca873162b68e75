"""The commands by which somebody without this program checks a record, for the printed report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labsupport.evidence import FIRST_PREVIOUS, Seal

# Every line: its own hash, its number, the hash of the line before; then the seal. `read` drops
# bytes that no line has, and a line without its line feed: so both are looked for first.
SHA256SUM = """command -v sha256sum >/dev/null || sha256sum() { shasum -a 256 "$@"; }
"""
SHELL = r"""file='{file}'
seal='{seal}'
seal=$(printf %s "$seal" | tr -cd '0-9A-Fa-f-' | tr A-F a-f); sealed=${{seal%%-*}}; n=0; fault=
before={first}
case $sealed in ''|*[!0-9]*|0*) fault='this is no seal' ;; esac
if [ -n "$fault" ]; then :
elif [ ! -r "$file" ]; then fault='the file cannot be read'
elif [ "$(LC_ALL=C tr -d '\n -~' < "$file" | wc -c)" -ne 0 ]; then fault='bytes that no line has'
elif [ "$(tail -c 1 "$file" | wc -l)" -ne 1 ]; then fault='the last line breaks off'; fi
[ -n "$fault" ] || while [ -z "$fault" ] && IFS= read -r line; do
  n=$((n + 1)); start="{{\"number\":$n,\"previous\":\"$before\",\"kind\":\""
  hash=$(printf %s "$line" | sed 's/,"sha256":"[0-9a-f]*"}}$//' | tr -d '\n' | sha256sum |
    cut -c 1-64)
  case $line in *",\"sha256\":\"$hash\"}}") ;; *) fault="line $n: its hash" ;; esac
  case $line in "$start"*) ;; *) fault="line $n: its place" ;; esac
  case $n:${{line#"$start"}} in 1:log\"*) ;; 1:*|"$n:log\""*) fault="line $n: its kind" ;; esac
  [ $n -ne $sealed ] || [ "$n-$hash" = "$seal" ] || fault='not what was sealed'
  before=$hash
done < "$file"
[ -n "$fault" ] || [ $n -ge $sealed ] || fault="lines are missing after line $n"
[ -z "$fault" ] && echo "HOLDS: lines 1 to $sealed are those that were sealed, of $n" \
  || echo "DOES NOT HOLD: $fault"
"""

POWERSHELL = r"""$file='{file}'
$seal='{seal}' -replace '\s',''
$n=0; $before='{first}'; $found=$false
$bytes=[Text.Encoding]::GetEncoding(28591); $sha=[Security.Cryptography.SHA256]::Create()
$lines=$bytes.GetString([IO.File]::ReadAllBytes((Join-Path $PWD $file))).Split("`n")
foreach ($line in $lines[0..($lines.Length-2)]) {{
  $n++; $body=$line -creplace ',"sha256":"[0-9a-f]{{64}}"}}$',''
  $hash=-join ($sha.ComputeHash($bytes.GetBytes($body)) | ForEach-Object {{ $_.ToString('x2') }})
  if ($line -cne "$body,""sha256"":""$hash""}}" -or
    -not $line.StartsWith("{{""number"":$n,""previous"":""$before"",", 'Ordinal')) {{
    "DOES NOT HOLD: line $n"; break }}
  $before=$hash; if ("$n-$hash" -ceq $seal) {{ $found=$true; "The sealed lines, 1 to $n, hold" }}
}}
if (-not $found) {{ "DOES NOT HOLD: not what was sealed" }}
"""

# The answer is a message of HTTP: its body, behind the first empty line, is the time-stamp.
TIME_STAMP = r"""sed -n {line}p '{file}' | grep -o '"answer":"[^"]*' | cut -d '"' -f 4 | base64 -d |
  LC_ALL=C sed '1,/^\r$/d' > time-stamp.tsr
seal='{seal}'
openssl ts -verify -in time-stamp.tsr -CAfile {authority} \
  -digest $(printf %s "$seal" | tr -d ' \n' | sha256sum | cut -c 1-64)
openssl ts -reply -in time-stamp.tsr -text | grep 'Time stamp'
"""

EXHIBITS = "sha256sum -c <<'END'\n{sums}END\n"


def shell(file: str, seal: Seal) -> str:
    """Return commands that check every line of `file`, the chain and the seal."""
    return SHA256SUM + SHELL.format(file=file, seal=seal, first=FIRST_PREVIOUS)


def powershell(file: str, seal: Seal) -> str:
    """Return the same for Windows; it was never run by those who wrote it."""
    return POWERSHELL.format(file=file, seal=seal, first=FIRST_PREVIOUS)


def time_stamp(file: str, line: int, covered: Seal, authority: str) -> str:
    """Return commands that check the time-stamp in a line, over the seal of the lines before."""
    commands = TIME_STAMP.format(file=file, line=line, seal=covered, authority=authority)
    return SHA256SUM + commands


def exhibits(records: Iterable[Mapping[str, Any]]) -> str:
    """Return commands that compare the files of exhibits with the record; "" without any."""
    sums = [f"{one['exhibit_sha256']}  {one['file']}\n" for one in _exhibits(records)]
    return SHA256SUM + EXHIBITS.format(sums="".join(sums)) if sums else ""


def _exhibits(records: Iterable[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    return [one for one in records if one["kind"] == "exhibit"]
