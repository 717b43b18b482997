. /tap.sh
profile list >list.txt
check "list has the cpu event" grep -q '^cpu  *sample' list.txt
check "list has page faults" grep -q '^page-faults  *sample' list.txt
