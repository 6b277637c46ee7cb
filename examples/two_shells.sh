#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Two shells talk: what one sends, the other receives; and a topic goes to everybody who subscribes. The program is $1, or
# found where programs are.
set -eu
coview=${1:-coview}

# One shell sends, and stays until all is received, since it has made the queue.
seq 3 | "$coview" send jobs 2>/dev/null &
# The other one receives, as soon as there is something to receive from.
until "$coview" recv jobs --count 3 --timeout 10s 2>/dev/null; do sleep 0.05; done
wait

# A topic: held by one, published to by the next, and each reader has all of it.
"$coview" create news --kind topic --permanent
printf 'one\ntwo\n' | "$coview" send news
"$coview" recv news --from oldest --count 2
"$coview" tap news --from oldest --count 1 2>/dev/null
"$coview" rm news 2>/dev/null
