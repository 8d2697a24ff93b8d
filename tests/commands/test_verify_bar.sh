#!/bin/sh
# weir verify on a terminal: a bar that moves while it reads, and is gone at the end; none where there is no terminal.
. "$WEIR_SOURCE/tests/commands/lib.sh"
command -v script >/dev/null || exit 77

for i in 1 2 3 4 5 6 7 8 9; do printf 'a %s\n' $i >f$i; done
cat >job.json <<'JOB'
{"batch_ms":1000,"checkpoint_ms":2000,"master":"local[1]","checkpoint":"dir",
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2","f3","f4","f5","f6","f7","f8","f9"]}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"ones","op":"map","in":["words"],"fn":"pair_with_one"},
          {"id":"counts","op":"updateStateByKey","in":["ones"],"fn":"sum_update"}],
 "outputs":[{"in":"counts","op":"count"}]}
JOB
expect_code 0 "$WEIR" run job.json
expect_code 0 "$WEIR" verify dir
expect_empty err
oldest=$(ls dir/checkpoints | sort -n | head -n 1)
printf x >>"dir/checkpoints/$oldest/lineage"

# A bar is drawn from a tenth of a second on, and this directory takes a hundredth. So the command is held up: where it
# tells of the damage its standard output, a pipe, is full. How long it needs to get there is the machine's: it is given
# more time until there is a bar.
mkfifo pipe
exec 3<>pipe
for pause_s in 0.3 1 3 10; do
    dd if=/dev/zero of=pipe bs=4096 oflag=nonblock 2>dd # until no more goes in, whatever its size
    TERM=xterm script -qec "'$WEIR' verify dir >pipe; echo ended with \$?" /dev/null >terminal </dev/null 3>&- &
    run=$!
    sleep $pause_s
    cat <&3 >drained 3>&- &
    other_run=$!
    wait_for_end
    echo drained >&3
    wait_for grep -aq '^drained' drained
    kill $other_run
    wait $other_run 2>/dev/null
    other_run=''
    grep -aq '%' terminal && break
done
tr '\r' '\n' <terminal | tr -d '\033' >lines
grep -aEq '^\[#+ *\] +[0-9]+%  [0-9.]+ [KMGi]*B of [0-9.]+ [KMGi]*B, ' lines || fail "no bar: $(cat lines)"
grep -aq 'ended with 4' lines || fail "another end: $(cat lines)"
tr -d '\0' <drained | grep -q "^damage: .*$oldest" || fail "no damage: $(tr -d '\0' <drained)"
# What is drawn is taken away again before the last line.
tr '\033\r' '!<' <terminal | grep -aq ', [a-z]*!\[K<!\[Kweir: error: ' || fail "left: $(cat lines)"
finish
