/* SPDX-License-Identifier: Apache-2.0 */
/* What exists, who holds it, removing it. */
#include <errno.h>

#include "_native.h"

static PyObject* dictionary_of(void const* objects, size_t index) {
  coview_object const* object = coview_object_list_at(objects, index);
  static char const* const kinds[] = {"?",     "mapping", "mutex", "event", "semaphore",
                                      "queue", "topic",   "timer", "pipe"};
  static char const* const states[] = {"held", "permanent", "unreadable", "incompatible"};
  size_t const kind = (size_t)object->kind;
  size_t const state = (size_t)object->state;
  return Py_BuildValue("{sNsssssIsKsKsKsNsIsisLsNsNsNsNsN}", "name", native_text(object->name), "kind",
                       kind < sizeof kinds / sizeof *kinds ? kinds[kind] : "?", "state",
                       state < sizeof states / sizeof *states ? states[state] : "?", "mode", object->mode, "size",
                       (unsigned long long)object->size, "resident", (unsigned long long)object->resident, "handles",
                       (unsigned long long)object->handles, "handles_known", PyBool_FromLong(object->handles_known),
                       "owner", object->owner, "creator", (int)object->creator, "created_ns",
                       (long long)object->created, "is_global", PyBool_FromLong(object->global), "permanent",
                       PyBool_FromLong(object->permanent), "file", native_text(object->file), "target",
                       native_text(object->target), "problem", native_text(object->problem));
}

static PyObject* list_of(coview_status status, coview_object_list* objects) {
  if (status < 0) return native_raise(status);
  PyObject* list = native_list(coview_object_list_count(objects), dictionary_of, objects);
  coview_object_list_free(objects);
  return list;
}

static PyObject* list_objects(PyObject* module, PyObject* unused) {
  (void)module;
  (void)unused;
  coview_object_list* objects = NULL;
  coview_status status;
  Py_BEGIN_ALLOW_THREADS;
  status = coview_list(&objects);
  Py_END_ALLOW_THREADS;
  return list_of(status, objects);
}

static PyObject* stat_object(PyObject* module, PyObject* arguments) {
  (void)module;
  char const* name;
  if (!PyArg_ParseTuple(arguments, "s:stat", &name)) return NULL;
  coview_object_list* objects = NULL;
  coview_status status;
  Py_BEGIN_ALLOW_THREADS;
  status = coview_stat(name, &objects);
  Py_END_ALLOW_THREADS;
  return list_of(status, objects);
}

static PyObject* tuple_of_holder(void const* holders, size_t index) {
  coview_holder const* one = coview_holder_list_at(holders, index);
  PyObject* user = Py_None;
  if (one->user != UINT32_MAX)
    user = PyLong_FromUnsignedLong(one->user);
  else
    Py_INCREF(user);
  return user == NULL ? NULL : Py_BuildValue("(iNN)", (int)one->pid, user, native_text(one->command));
}

static PyObject* find_holders(PyObject* module, PyObject* arguments) {
  (void)module;
  char const* name;
  if (!PyArg_ParseTuple(arguments, "s:find_holders", &name)) return NULL;
  coview_holder_list* holders = NULL;
  coview_status status;
  Py_BEGIN_ALLOW_THREADS;
  status = coview_find_holders(name, &holders);
  Py_END_ALLOW_THREADS;
  if (status < 0) return native_raise(status);
  PyObject* list = native_list(coview_holder_list_count(holders), tuple_of_holder, holders);
  PyObject* result = NULL;
  if (list != NULL)
    result = Py_BuildValue("(NNN)", list, PyBool_FromLong(coview_holder_list_held(holders)),
                           PyBool_FromLong(coview_holder_list_complete(holders)));
  coview_holder_list_free(holders);
  return result;
}

static PyObject* remove_object(PyObject* module, PyObject* arguments, PyObject* keywords) {
  (void)module;
  static char* names[] = {"name", "force", NULL};
  char const* name;
  int force = 0;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "s|$p:remove", names, &name, &force)) return NULL;
  int later = 0;
  coview_status status;
  Py_BEGIN_ALLOW_THREADS;
  status = coview_remove(name, force, &later);
  Py_END_ALLOW_THREADS;
  return status < 0 ? native_raise(status) : PyBool_FromLong(!later);
}

static PyObject* reclaim(PyObject* module, PyObject* unused) {
  (void)module;
  (void)unused;
  uint64_t objects = 0;
  uint64_t bytes = 0;
  coview_status status;
  Py_BEGIN_ALLOW_THREADS;
  status = coview_reclaim(&objects, &bytes);
  Py_END_ALLOW_THREADS;
  if (status < 0) return native_raise(status);
  return Py_BuildValue("(KK)", (unsigned long long)objects, (unsigned long long)bytes);
}

static PyMethodDef functions[] = {
    {"list", list_objects, METH_NOARGS, "list() -> list of dictionaries"},
    {"stat", stat_object, METH_VARARGS, "stat(name) -> list of one dictionary"},
    {"find_holders", find_holders, METH_VARARGS,
     "find_holders(name) -> (list of (pid, user, command), held, complete)"},
    {"remove", WITH_KEYWORDS(remove_object), METH_VARARGS | METH_KEYWORDS,
     "remove(name, *, force=False) -> bool\n\n"
     "Ends a permanent object, or any object by force. True: the name is gone; False: it goes with the last handle."},
    {"reclaim", reclaim, METH_NOARGS, "reclaim() -> (objects, bytes)"},
    {NULL, NULL, 0, NULL},
};

int native_add_objects(PyObject* module) {
  return PyModule_AddFunctions(module, functions);
}
