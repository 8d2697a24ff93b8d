#!/bin/sh
# A directory that is a link whose target is not there (a disk that is not mounted): that is said, with what to do.
. "$WEIR_SOURCE/tests/commands/lib.sh"

echo 1 >f
cat >job.json <<'JOB'
{"batch_ms":1000,"sources":[{"id":"lines","op":"textFiles","paths":["f"]}],"outputs":[{"in":"lines","op":"count"}]}
JOB
ln -s "$work/disk/dir" link
wanted="link: it is a link to $work/disk/dir, which is not there; make that, or mount it, or remove the link"
for looking in 'run --checkpoint=link job.json' 'stat link' 'verify link' 'plan job.json link' 'dump state link'; do
    # shellcheck disable=SC2086 # words
    expect_code 6 "$WEIR" $looking
    expect_text err "$wanted"
done
expect_code 6 "$WEIR" run --checkpoint=link/below job.json
expect_text err "$wanted"
[ ! -e disk ] || fail 'the target was made'

# Once it is there the link is a directory like others.
mkdir -p disk/dir
expect_code 0 "$WEIR" run --checkpoint=link job.json
expect_code 0 "$WEIR" verify link
finish
