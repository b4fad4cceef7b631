#!/bin/sh
# vuln.sh SECONDS CHECKER [ARG…]: runs govulncheck and says in one line what came of it. What could not be looked up is never
# called clean.
#
#	CLEAN: …      exit 0
#	FOUND: …      exit 3, after what was found
#	NOT RUN: …    exit 4: the checker or its database could not be had, and why
time=$1
shift
out=$(timeout -k 5 "$time" "$@" 2>&1)
code=$?
last=$(printf '%s\n' "$out" | grep . | tail -n 1)
case $code in
0)
	case $out in
	*"No vulnerabilities found."*)
		echo "CLEAN: no known vulnerability in what is called"
		exit 0
		;;
	esac
	echo "NOT RUN: the checker ended without a verdict: $last"
	;;
3)
	printf '%s\n' "$out"
	echo "FOUND: known vulnerabilities in what is called, see above"
	exit 3
	;;
124 | 137)
	echo "NOT RUN: the checker or its database gave no answer within $time s"
	;;
*)
	echo "NOT RUN: the checker or its database could not be had: ${last:-it says nothing} (exit $code)"
	;;
esac
exit 4
