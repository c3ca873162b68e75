$file='{{ file }}'
$seal='{{ seal }}' -replace '\s','' -replace [char]0x2013,'-'; $seal=$seal.ToLowerInvariant()
$n=0; $before='{{ '0' * 64 }}'; $sealed=0; $fault=''
$x='[0-9a-f]'; $code="00(?:[0189a-f]$x|7f)|0[1-9a-f]$x$x|[1-9a-f]$x$x$x"
$text='"(?:[ !#-\[\]-~]|\\["\\bfnrt]|\\u(?:' + $code + '))*"'
$one="(?:$text|-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,30})?(?:e-[0-9]{2})?|true|false|null)"
$item="(?:$one|\[(?:$one(?:,$one)*)?\])"; $list="(?:$one|\[(?:$item(?:,$item)*)?\])"
$name='"[a-z0-9_]+":'; $object="(?:$list|\{(?:$name$one(?:,$name$one)*)?\})"
$form='\A\{"number":[1-9][0-9]{0,11},"previous":"' + $x + '{64}","kind":' +
  "(?:""log""(?:,$name$object)*|""(?:exchange|reading|exhibit)""(?:,$name$list)*)\}\z"
if ($seal -cnotmatch "\A[1-9][0-9]{0,11}-$x{64}\z") { $fault='{{ say("report.this_is_no_seal") }}' }
else { $sealed=[long]$seal.Split('-')[0] }
$bytes=[Text.Encoding]::GetEncoding(28591); $sha=[Security.Cryptography.SHA256]::Create()
function Hash($data) { -join ($sha.ComputeHash($data) | ForEach-Object { $_.ToString('x2') }) }
$all=$bytes.GetString([IO.File]::ReadAllBytes((Join-Path $PWD $file)))
$all=($all -creplace '\A\xef\xbb\xbf','' -creplace '\n\z','') + "`n" -creplace '\r\n',"`n"
$lines=$all.Split("`n")
if (-not $fault) { foreach ($line in $lines[0..($lines.Length-2)]) {
  $n++; $body=$line -creplace ',"sha256":"[0-9a-f]*"}\z',''; $hash=Hash ($bytes.GetBytes($body))
  $start="{""number"":$n,""previous"":""$before"",""kind"":"""
  if ($n -eq 1) { $start+='log","format":"labsupport evidence ' }
  $names=[regex]::Matches($line,'[{,]("[a-z0-9_]+"):') | ForEach-Object { $_.Groups[1].Value }
  $kind=[regex]::Match($line,',"kind":"([a-z]+)"').Groups[1].Value
  $answer=[regex]::Match($line,',"answer":"([^"]*)"'); $came=$answer.Groups[1].Value; $told=''
  try { $data=[Convert]::FromBase64String($came); $same=[Convert]::ToBase64String($data) -ceq $came }
  catch { $same=$false }
  if ($same -and $came) { $told=Hash $data }
  if ($line -cne "$body,""sha256"":""$hash""}") { $fault="{{ say("report.line_line_its_hash", line="${n}") }}" }
  elseif (-not $line.StartsWith($start, 'Ordinal')) { $fault="{{ say("report.line_line_its_place", line="${n}") }}" }
  elseif (($kind -ceq 'log') -ne ($n -eq 1) -or ($n -eq 1 -and $line.Substring($start.Length) -cnotmatch '\A[12]"')) {
    $fault="{{ say("report.line_line_its_kind", line="${n}") }}" }
  elseif ($line -cnotmatch $form -or @($names | Select-Object -Unique).Count -ne @($names).Count) {
    $fault="{{ say("report.line_line_its_form", line="${n}") }}" }
  elseif ($kind -ceq 'exchange' -and -not ($same -and $answer.Success -and
    $line.Contains(",""answer_sha256"":""$told"""))) { $fault="{{ say("report.line_line_its_answer", line="${n}") }}" }
  elseif ($n -eq $sealed -and "$n-$hash" -cne $seal) { $fault='{{ say("report.not_what_was_sealed") }}' }
  if ($fault) { break }
  $before=$hash
} }
if (-not $fault -and $n -lt $sealed) { $fault="{{ say("report.lines_missing_after_line", line="${n}") }}" }
if ($fault) { "{{ say("report.does_not_hold_fault", fault="$fault") }}" }
else { "{{ say("report.holds_lines_1_sealed", sealed="$sealed", count="${n}") }}" }
