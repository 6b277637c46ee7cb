# SPDX-License-Identifier: Apache-2.0
# Wraps the paragraphs and list items of a document that have a line of more than 100 columns; all else, code, tables and
# headings too, stays as it is. For `tools/lint docs --fix`; works in bytes, whatever awk and locale.

function columns(text) {
  gsub(/[\200-\277]/, "", text)  # a character of UTF-8 is counted once
  return length(text)
}

# Prints the words of what was collected; code in a line is one word.
function fill(    line, word, rest, i, n, words, ticks, open) {
  if (!count) return
  if (!too_long) {
    for (i = 1; i <= count; ++i) print raw[i]
  } else {
    rest = first
    gsub(/[^ \t]/, " ", rest)
    n = split(text, words, / +/)
    line = first
    open = 1
    for (i = 1; i <= n; ++i) {
      if (words[i] == "") continue
      word = words[i]
      while (split(word, ticks, "`") % 2 == 0 && i < n) word = word " " words[++i]
      # What begins a line must not look like a list, a quotation or a heading.
      if (open) line = line word
      else if (columns(line) + 1 + columns(word) <= 100 || word ~ /^([-+*#>]|[0-9]+[.)])$/) line = line " " word
      else { print line; line = rest word }
      open = 0
    }
    print line
  }
  count = 0
  too_long = 0
}

/^[ \t]*(```|~~~)/ { fill(); fenced = !fenced; print; next }
fenced || /^[ \t]*$/ || /^[ \t]*[|<#>]/ || (!count && /^(    |\t)/ && blank) { fill(); print; blank = /^[ \t]*$/; next }
{
  blank = 0
  item = match($0, /^ *([-*+]|[0-9]+[.)]) +(\[[ x]\] )?/)
  if (item) { fill(); first = substr($0, 1, RLENGTH) }
  else if (!count) { match($0, /^ */); first = substr($0, 1, RLENGTH) }
  if (!count) text = substr($0, RLENGTH + 1)
  else { rest = $0; sub(/^ +/, "", rest); text = text " " rest }
  raw[++count] = $0
  if (columns($0) > 100) too_long = 1
  if (/  $/) { too_long = 0; fill() }  # a line break that is meant
}
END { fill() }
