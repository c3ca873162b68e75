$file='{{ file }}'
$seal='{{ seal }}' -replace '\s',''
$n=0; $before='{{ '0' * 64 }}'; $found=$false
$bytes=[Text.Encoding]::GetEncoding(28591); $sha=[Security.Cryptography.SHA256]::Create()
$lines=$bytes.GetString([IO.File]::ReadAllBytes((Join-Path $PWD $file))).Split("`n")
foreach ($line in $lines[0..($lines.Length-2)]) {
  $n++; $body=$line -creplace ',"sha256":"[0-9a-f]{64}"}$',''
  $hash=-join ($sha.ComputeHash($bytes.GetBytes($body)) | ForEach-Object { $_.ToString('x2') })
  if ($line -cne "$body,""sha256"":""$hash""}" -or
    -not $line.StartsWith("{""number"":$n,""previous"":""$before"",", 'Ordinal')) {
    "{{ say("DOES NOT HOLD: line {line}", line="${n}") }}"; break }
  $before=$hash
  if ("$n-$hash" -ceq $seal) { $found=$true; "{{ say("The sealed lines, 1 to {count}, hold", count="${n}") }}" }
}
if (-not $found) { "{{ say("DOES NOT HOLD: {fault}", fault=say("not what was sealed")) }}" }
