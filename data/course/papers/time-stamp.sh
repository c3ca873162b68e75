command -v sha256sum >/dev/null || sha256sum() { shasum -a 256 "$@"; }
sed -n {{ line }}p '{{ file }}' | grep -o '"answer":"[^"]*' | cut -d '"' -f 4 | base64 -d |
  LC_ALL=C sed '1,/^\r$/d' > time-stamp.tsr
seal='{{ seal }}'
openssl ts -verify -in time-stamp.tsr -CAfile {{ authority }} \
  -digest $(printf %s "$seal" | tr -d ' \n' | sha256sum | cut -c 1-64)
openssl ts -reply -in time-stamp.tsr -text | grep 'Time stamp'
