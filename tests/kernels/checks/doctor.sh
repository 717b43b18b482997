. /tap.sh
check "doctor finds that recording can work" profile doctor
profile doctor --json >doctor.json
check "doctor speaks JSON" grep -q '"record_works": *true' doctor.json
