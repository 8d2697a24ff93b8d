#!/bin/sh
# A batch that was given up leaves a gap in the slides of a window with an inverse: what left it meanwhile is taken out,
# and what came meanwhile is in it.
. "$WEIR_SOURCE/tests/commands/lib.sh"

echo '1 1' >f1
echo '1 2' >f2
echo '-5' >f3
echo '3' >f4
echo '3 3' >f5
# job LENGTH SLIDE FIELDS: counts over a window, and sums of each number.
job()
{
    cat >job.json <<JOB
{"batch_ms":1000,"checkpoint_ms":100000,"master":"local[1]","partitions":2,"checkpoint":"dir",
 "sources":[{"id":"lines","op":"textFiles","paths":["f1","f2","f3","f4","f5"]}],
 "graph":[{"id":"words","op":"flatMap","in":["lines"],"fn":"split_ws"},
          {"id":"numbers","op":"map","in":["words"],"fn":"parse_int"},
          {"id":"pairs","op":"map","in":["numbers"],"fn":"pair_with_one"},
          {"id":"checked","op":"map","in":["numbers"],"fn":"fail_on_negative"},
          {"id":"count","op":"countByWindow","in":["checked"],"window_ms":$1,"slide_ms":$2},
          {"id":"sums","op":"reduceByKeyAndWindow","in":["pairs"],"fn":"sum","inverse":"difference",
           "window_ms":$1,"slide_ms":$2$3,"name":"sums"},
          {"id":"sorted","op":"transform","in":["sums"],"fn":"sort"}],
 "outputs":[{"in":"count","op":"print"},{"in":"sorted","op":"print"}]}
JOB
}
# What was printed, in one line.
printed() { grep -v -e '^-*$' out | sed 's/Time: \([0-9]*\) ms/\1:/' | tr '\n' ' '; }
# expect_behind_gap PRINTED: the third batch fails, and is given up.
expect_behind_gap()
{
    rm -rf dir
    expect_code 1 "$WEIR" run job.json
    expect_code 0 "$WEIR" run --skip-batch=3000 job.json
    expect_equal "$(printed)" "$1"
    expect_code 0 "$WEIR" verify dir
}

for neutral in '' ',"drop_neutral":true'; do
    job 2000 1000 "$neutral"
    case $neutral in
    '') expect_behind_gap '4000: 1 4000: (1,0) (2,0) (3,1) 5000: 3 5000: (1,0) (2,0) (3,3) ' ;;
    *) expect_behind_gap '4000: 1 4000: (3,1) 5000: 3 5000: (3,3) ' ;;
    esac
done

# A window that fails does so for each of its outputs, and is not computed upon itself.
job 2000 1000 ',"check_inverse":true'
sed -e 's/"fn":"sum","inverse":"difference"/"fn":"max","inverse":"difference"/' \
    -e 's/{"in":"count","op":"print"}/{"in":"sums","op":"count"},{"in":"sums","op":"print"}/' job.json >failing.json
rm -rf dir
expect_code 1 "$WEIR" run failing.json
expect_text err 'output 0 (count'
expect_text err 'the inverse difference does not undo max'
finish
