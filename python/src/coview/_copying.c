/* SPDX-License-Identifier: Apache-2.0 */
/* Copying files and trees. */
#include <string.h>

#include "_native.h"

/* Signals are looked at ten times a second, so that Ctrl-C ends a copy; the target stays as it was. */
typedef struct copy_watch {
  int raised;
} copy_watch;

static int goes_on(copy_watch* watch) {
  PyGILState_STATE const state = PyGILState_Ensure();
  watch->raised = PyErr_CheckSignals() != 0;
  PyGILState_Release(state);
  return !watch->raised;
}

static int watch_copy(void* context, coview_copy_progress const* progress) {
  (void)progress;
  return goes_on(context);
}

static int watch_tree(void* context, coview_tree_progress const* progress) {
  (void)progress;
  return goes_on(context);
}

static PyObject* copy_file(PyObject* module, PyObject* arguments, PyObject* keywords) {
  (void)module;
  static char* names[] = {"source", "target",   "verify",     "durable", "existing",
                          "resume", "in_place", "limit_rate", NULL};
  PyObject* source = NULL;
  PyObject* target = NULL;
  int durable = 1;
  int resume = 0;
  int in_place = 0;
  uint64_t limit_rate = 0;
  int verify = COVIEW_VERIFY_NONE;
  int existing = COVIEW_EXISTING_REPLACE;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O&O&|$ipippO&:copy_file", names, PyUnicode_FSConverter,
                                   &source, PyUnicode_FSConverter, &target, &verify, &durable, &existing, &resume,
                                   &in_place, native_u64, &limit_rate))
    return NULL;
  copy_watch watch = {0};
  coview_copy_options options = COVIEW_COPY_OPTIONS_INIT;
  options.verify = verify;
  options.existing = existing;
  options.not_durable = !durable;
  options.resume = (uint8_t)resume;
  options.in_place = (uint8_t)in_place;
  options.limit_rate = limit_rate;
  options.on_progress = watch_copy;
  options.context = &watch;
  coview_copy_report report = COVIEW_COPY_REPORT_INIT;
  coview_status status;
  char const* from = PyBytes_AsString(source);
  char const* to = PyBytes_AsString(target);
  Py_BEGIN_ALLOW_THREADS;
  status = coview_copy_file(from, to, &options, &report);
  Py_END_ALLOW_THREADS;
  Py_DECREF(source);
  Py_DECREF(target);
  if (watch.raised) return NULL;
  if (status < 0) return native_raise(status);
  return Py_BuildValue("{sKsKsdsNsNsNss}", "bytes", (unsigned long long)report.bytes, "data_bytes",
                       (unsigned long long)report.data_bytes, "seconds", report.seconds, "durable",
                       PyBool_FromLong(report.durable), "verified", PyBool_FromLong(report.verified), "skipped",
                       PyBool_FromLong(report.skipped), "hash", report.hash);
}

/* Texts of a Python list, which live as long as `objects`: a tuple of bytes. */
typedef struct text_list {
  PyObject* objects;
  char const** texts;
  size_t count;
} text_list;

static void free_texts(text_list* list) {
  PyMem_Free((void*)list->texts);
  Py_XDECREF(list->objects);
}

/* 0 with an exception set where one of them is none. */
static int take_texts(PyObject* given, text_list* into) {
  *into = (text_list){PySequence_List(given), NULL, 0};
  if (into->objects == NULL) return 0;
  Py_ssize_t const count = PyList_Size(into->objects);
  into->texts = PyMem_Calloc((size_t)count + 1, sizeof *into->texts);
  for (Py_ssize_t i = 0; into->texts != NULL && i < count; ++i) {
    PyObject* bytes = NULL;
    if (!PyUnicode_FSConverter(PyList_GetItem(into->objects, i), &bytes)) return 0;
    into->texts[i] = PyBytes_AsString(bytes);
    PyList_SetItem(into->objects, i, bytes);
  }
  into->count = (size_t)count;
  if (into->texts == NULL) PyErr_NoMemory();
  return into->texts != NULL;
}

static PyObject* tuple_of_failure(void const* report, size_t index) {
  coview_tree_failure const* one = coview_tree_report_failure_at(report, index);
  return Py_BuildValue("(NNiN)", native_text(one->source), native_text(one->target), (int)one->code,
                       native_text(one->text));
}

static PyObject* text_of_warning(void const* report, size_t index) {
  return native_text(coview_tree_report_warning_at(report, index));
}

static PyObject* dictionary_of_report(coview_tree_report const* report) {
  coview_tree_counts const* counts = coview_tree_report_counts(report);
  return Py_BuildValue(
      "{sKsKsKsKsKsKsKsdsNsNsNsN}", "files", (unsigned long long)counts->files, "directories",
      (unsigned long long)counts->directories, "symbolic_links", (unsigned long long)counts->symbolic_links,
      "hard_links", (unsigned long long)counts->hard_links, "specials", (unsigned long long)counts->specials,
      "skipped", (unsigned long long)counts->skipped, "bytes", (unsigned long long)counts->bytes, "seconds",
      counts->seconds, "durable", PyBool_FromLong(counts->durable), "verified", PyBool_FromLong(counts->verified),
      "failures", native_list(coview_tree_report_failure_count(report), tuple_of_failure, report), "warnings",
      native_list(coview_tree_report_warning_count(report), text_of_warning, report));
}

static PyObject* copy_tree(PyObject* module, PyObject* arguments, PyObject* keywords) {
  (void)module;
  static char* names[] = {"sources", "target",  "exclude", "verify", "durable",         "existing",   "into",
                          "follow",  "special", "dry_run", "jobs",   "one_file_system", "limit_rate", NULL};
  PyObject* sources = NULL;
  PyObject* target = NULL;
  PyObject* exclude = NULL;
  int verify = COVIEW_VERIFY_NONE;
  int durable = 1;
  int existing = COVIEW_EXISTING_REPLACE;
  int into = COVIEW_TARGET_AUTOMATIC;
  int follow = COVIEW_FOLLOW_NEVER;
  int special = 0;
  int dry_run = 0;
  uint32_t jobs = 0;
  int one_file_system = 0;
  uint64_t limit_rate = 0;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "OO&O|$ipiiippO&pO&:copy_tree", names, &sources,
                                   PyUnicode_FSConverter, &target, &exclude, &verify, &durable, &existing, &into,
                                   &follow, &special, &dry_run, native_u32, &jobs, &one_file_system, native_u64,
                                   &limit_rate))
    return NULL;
  text_list from = {NULL, NULL, 0};
  text_list patterns = {NULL, NULL, 0};
  coview_tree_filter* filters = NULL;
  coview_tree_report* report = NULL;
  PyObject* result = NULL;
  if (!take_texts(sources, &from) || !take_texts(exclude, &patterns)) goto end;
  filters = PyMem_Calloc(patterns.count + 1, sizeof *filters);
  if (filters == NULL) {
    PyErr_NoMemory();
    goto end;
  }
  for (size_t i = 0; i < patterns.count; ++i) filters[i].pattern = patterns.texts[i];
  copy_watch watch = {0};
  coview_copy_options file = COVIEW_COPY_OPTIONS_INIT;
  file.verify = verify;
  file.existing = existing;
  file.not_durable = !durable;
  file.limit_rate = limit_rate;
  coview_tree_options options = COVIEW_TREE_OPTIONS_INIT;
  options.file = &file;
  options.filters = filters;
  options.filter_count = patterns.count;
  options.target = into;
  options.follow = follow;
  options.special = (uint8_t)special;
  options.dry_run = (uint8_t)dry_run;
  options.one_file_system = (uint8_t)one_file_system;
  options.jobs = jobs;
  options.on_progress = watch_tree;
  options.context = &watch;
  coview_status status;
  char const* to = PyBytes_AsString(target);
  Py_BEGIN_ALLOW_THREADS;
  status = coview_copy_tree(from.texts, from.count, to, &options, &report);
  Py_END_ALLOW_THREADS;
  if (watch.raised) goto end;
  result = status < 0 ? native_raise(status) : dictionary_of_report(report);
end:
  coview_tree_report_free(report);
  PyMem_Free(filters);
  free_texts(&patterns);
  free_texts(&from);
  Py_DECREF(target);
  return result;
}

static PyMethodDef functions[] = {
    {"copy_file", WITH_KEYWORDS(copy_file), METH_VARARGS | METH_KEYWORDS,
     "copy_file(source, target, **options) -> dictionary"},
    {"copy_tree", WITH_KEYWORDS(copy_tree), METH_VARARGS | METH_KEYWORDS,
     "copy_tree(sources, target, exclude, **options) -> dictionary"},
    {NULL, NULL, 0, NULL},
};

int native_add_copying(PyObject* module) {
  return PyModule_AddFunctions(module, functions);
}
