# SPDX-License-Identifier: Apache-2.0
# For `tools/lint includes`: which files use a name of ours without including a header that has it. Builds that compile a
# folder as one see it through a neighbour, and only those that compile each file by itself fail. Reads the files whose
# paths it gets, one a line, in a second.
#
# It knows words, and no C++. A name is declared by a line at the margin; a word is taken for one where it is called,
# qualified or stands before another, or has a capital or an underscore. Looked for are only names that a neighbour's
# includes, or the neighbour itself, would give. What a header mentions in any way, those that include it have. So it
# overlooks some uses (which the presets `debug`, `clang` and `tidy` do not), and what it says is true.

# A line of code without what comments and strings say.
function code_of(line,    code, at) {
  if (!in_comment) {
    gsub(/\\["\\']/, "", line)
    gsub(/"[^"]*"/, "\"\"", line)
    gsub(/'[^']'/, "0", line)
    sub(/\/\/.*/, "", line)
  }
  while ((at = index(line, in_comment ? "*/" : "/*"))) {
    if (!in_comment) code = code substr(line, 1, at - 1) " "
    line = substr(line, at + 2)
    in_comment = !in_comment
  }
  return in_comment ? code : code line
}

function folder_of(file) {
  sub(/[^\/]*$/, "", file)
  return file
}

# The file of ours that an #include leads to, or nothing.
function included_by(file, line,    name, path, i) {
  match(line, /[<"][^>"]*[>"]/)
  name = substr(line, RSTART + 1, RLENGTH - 2)
  if (name in leads_to) name = leads_to[name]
  split("include/ src/ tools/coview/ tests/ " folder_of(file), root, " ")
  for (i = 1; i <= 5; ++i) {
    path = root[i] name
    if (path in is_ours) return path
  }
  return ""
}

function declare(name, file) {
  if (name ~ keyword || name ~ statement || name ~ common) return
  if (!((file, name) in declares)) declared_in[name] = declared_in[name] " " file
  declares[file, name] = 1
}

function last_word(text,    words) { return words[split(text, words, /[^A-Za-z_0-9]+/)] }

function read_declaration(line, file) {
  if (match(line, /^ *# *define +[A-Za-z_0-9]+/) ||
      match(line, /^(class|struct|union|enum|enum class) ([A-Z_]+ )?[A-Za-z_0-9]+/) || match(line, /^using [A-Za-z_0-9]+/))
    declare(last_word(substr(line, RSTART, RLENGTH)), file)
  else if (line ~ /^(namespace|template|friend|extern "")/ || line !~ /^[A-Za-z_[]/)
    return
  else if (match(line, /^typedef .*[ *][A-Za-z_0-9]+;/))
    declare(last_word(substr(line, RSTART, RLENGTH - 1)), file)
  else if (match(line, /[ *&][A-Za-z_0-9]+\(/))
    declare(substr(line, RSTART + 1, RLENGTH - 2), file)
}

# Whether a word is a variable, parameter or function that is declared here, as what stands before it says.
function is_declared(previous, gap) { return previous != "" && previous !~ statement && gap ~ /^( |[>&*]+ )$/ }

function read_words(line, number, file, header,    word, previous, gap, foreign) {
  previous = ""
  while (match(line, /[A-Za-z_][A-Za-z_0-9]*/)) {
    word = substr(line, RSTART, RLENGTH)
    gap = substr(line, 1, RSTART - 1)
    line = substr(line, RSTART + RLENGTH)
    if (header || is_declared(previous, gap)) has[file, word] = 1
    # A member, or of the standard library, or the system's as opposed to ours.
    foreign = gap ~ /(\.|->|~)$/ || gap ~ /[^:]::$/ || (gap == "::" && previous ~ /^(|std|chrono|fs|fmt|detail)$/)
    if (!foreign && !((file, word) in used_at) && (gap == "::" || word ~ /^[A-Z]|_[a-z]/ || line ~ /^((<[^<>]*>)?\(|[&*]* [A-Za-z_])/)) {
      used_at[file, word] = number
      uses[file] = uses[file] " " word
    }
    previous = word
  }
}

function read_file(file,    line, number, path) {
  number = in_comment = 0
  while ((getline line < file) > 0) {
    ++number
    if (line ~ /^ *# *include *[<"]/) {
      path = included_by(file, line)
      if (path != "") includes[file] = includes[file] " " path
      continue
    }
    line = code_of(line)
    read_declaration(line, file)
    read_words(line, number, file, file ~ /\.(h|hpp)$/)
  }
  close(file)
}

# All of ours that a file includes, itself or through others, and itself.
function reach(file,    names, n, i) {
  if (file in reached) return
  reached[file] = 1
  n = split(includes[file], names, " ")
  for (i = 1; i <= n; ++i) reach(names[i])
}

function is_reached(word,    one) {
  for (one in reached) if ((one, word) in has) return 1
  return 0
}

function look_at(file,    words, n, i, places, p, place) {
  split("", reached)
  reach(file)
  n = split(uses[file], words, " ")
  for (i = 1; i <= n; ++i) {
    if (!(words[i] in declared_in) || (file, words[i]) in declares || is_reached(words[i])) continue
    places = split(declared_in[words[i]], place, " ")
    for (p = 1; p <= places; ++p) {
      if (!((folder_of(file), place[p]) in near)) continue
      print file ":" used_at[file, words[i]] ": uses '" words[i] "' without including '" place[p] "'"
      break
    }
  }
}

BEGIN {
  statement = "^(return|co_return|throw|else|case|new|delete|not|and|or|do|goto)$"
  keyword = "^(|if|while|for|switch|sizeof|alignas|alignof|decltype|noexcept|requires|static_assert|defined|operator" \
    "|auto|void|bool|int|char|__attribute__)$"
  # Of the standard library too: who uses these may mean its own.
  common = "^(access|exists|open|read|recv|remove|send|set|stat|write)$"
  # Headers that are made in the build folder, and only lead to another.
  while ((getline line < "cmake/coview_win32_headers.cmake") > 0) {
    if (line !~ /^coview_win32_forward\(/) continue
    n = split(line, name, /[( )]+/)
    for (i = 3; i <= n; ++i) if (name[i] != "") leads_to["coview/win32/" name[i]] = "coview/win32/" name[2]
  }
}

{ files[++count] = $0; is_ours[$0] = 1 }

END {
  for (f = 1; f <= count; ++f) read_file(files[f])
  for (f = 1; f <= count; ++f) {
    split("", reached)
    reach(files[f])
    for (one in reached) near[folder_of(files[f]), one] = 1
  }
  for (f = 1; f <= count; ++f) look_at(files[f])
}
