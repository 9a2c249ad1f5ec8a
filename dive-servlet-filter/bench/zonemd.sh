#!/usr/bin/env bash
# Compares `dive zonemd` with ldns side by side: wall time with the start of the JVM, and memory.
# Usage: bench/zonemd.sh [RECORDS [REPETITIONS]]; needs target/dive-cli.jar, ldnsutils and GNU time.
set -euo pipefail
cd "$(dirname "$0")/.."
records=${1:-300000}
repetitions=${2:-7}
jar=$PWD/target/dive-cli.jar
for program in java ldns-signzone ldns-verify-zone awk; do
  command -v "$program" >/dev/null || { echo "$program is not installed"; exit 1; }
done
[ -x /usr/bin/time ] || { echo "GNU time is not installed"; exit 1; }
[ -e "$jar" ] || { echo "build it first: mvn -q -B package -DskipTests"; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# A third each: hosts, delegations, glue.
awk -v n="$records" 'BEGIN {
  print "$ORIGIN example.\n$TTL 86400\n@ IN SOA ns1 admin 2018031900 1800 900 604800 86400"
  print "@ IN NS ns1\n@ IN NS ns2\nns1 A 203.0.113.63\nns2 AAAA 2001:db8::63"
  for (i = 0; i < n / 3; i++) {
    printf "host%d 3600 IN A 10.%d.%d.%d\n", i, i / 65536 % 256, i / 256 % 256, i % 256
    printf "del%d IN NS ns.del%d\nns.del%d IN A 10.1.2.3\n", i, i, i
  }
}' > zone

measure() { # NAME COMMAND...: appends "seconds cpu-seconds KB" to NAME
  local name=$1
  shift
  /usr/bin/time -a -o "$name" -f '%e %U %S %M' "$@" >/dev/null
}
for _ in $(seq "$repetitions"); do
  measure ldns-generate ldns-signzone -Z -z 1:1 -o example. -f signed.ldns zone
  measure dive-generate java -jar "$jar" zonemd generate --output signed.dive zone
  measure ldns-verify ldns-verify-zone -Z signed.dive
  measure dive-verify java -jar "$jar" zonemd verify signed.ldns
done

column() { awk -v c="$2" '{ print c == 2 ? $2 + $3 : c == 3 ? $4 : $1 }' "$1" | sort -n; }
median() { column "$1" "$2" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
least() { column "$1" "$2" | head -n 1; }
echo "$records records, $repetitions repetitions, $(nproc) processors, load$(uptime | sed 's/.*load average//')"
printf '%-10s %26s %26s %8s\n' '' 'ldns' 'dive' 'ratio'
for work in generate verify; do
  for what in 'median wall s:median:1' 'least wall s:least:1' 'least CPU s:least:2'; do
    IFS=: read -r label pick column <<<"$what"
    ldns=$("$pick" "ldns-$work" "$column")
    dive=$("$pick" "dive-$work" "$column")
    printf '%-10s %-15s %10s %-15s %10s %8s\n' "$work" "$label" "$ldns" '' "$dive" \
      "$(awk -v a="$dive" -v b="$ldns" 'BEGIN { printf "%.2f", a / b }')"
  done
done
echo "peak memory, KB: ldns $(median ldns-verify 3), dive $(median dive-verify 3) (the JVM takes what it is given)"
heap=16
until java -Xmx${heap}m -jar "$jar" zonemd verify signed.ldns >/dev/null 2>&1; do heap=$((heap + 16)); done
echo "least heap that verifies: $heap MB"
java -jar "$jar" zonemd verify --json signed.ldns |
  sed 's/.*"octets-per-record":\([0-9]*\).*/octets of memory for each record: \1/'
