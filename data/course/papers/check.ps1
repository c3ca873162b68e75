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
    "{{ say("report.does_not_hold_line", line="${n}") }}"; break }
  $before=$hash
  if ("$n-$hash" -ceq $seal) { $found=$true; "{{ say("report.sealed_lines_1_count", count="${n}") }}" }
}
if (-not $found) { "{{ say("report.does_not_hold_fault", fault=say("report.not_what_was_sealed")) }}" }
