/* SPDX-License-Identifier: Apache-2.0 */
/* The module coview._native: coview.h as Python's types. What is easier said in Python is in the
   package beside it. */
#include "_native.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>

native_types native;

static PyObject* threading_main; /* threading.main_thread().ident changes with a fork: asked for each time */

PyObject* native_raise(coview_status status) {
  PyObject* arguments = Py_BuildValue("(iN)", (int)-status, native_text(coview_last_error()));
  if (arguments == NULL) return NULL;
  PyErr_SetObject(PyExc_OSError, arguments);
  Py_DECREF(arguments);
  return NULL;
}

PyObject* native_done(coview_status status) {
  if (status < 0) return native_raise(status);
  Py_RETURN_NONE;
}

PyObject* native_in_time(coview_status status) {
  if (status == -ECANCELED) return NULL;
  if (status < 0) return native_raise(status);
  return PyBool_FromLong(status != COVIEW_TIMED_OUT);
}

void* native_handle(PyObject* self) {
  void* handle = ((handle_object*)self)->handle;
  if (handle == NULL) PyErr_SetString(PyExc_ValueError, "it is closed");
  return handle;
}

PyObject* native_new(PyTypeObject* type, void* handle, void (*close)(void*)) {
  allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
  handle_object* self = (handle_object*)allocate(type, 0);
  if (self == NULL) {
    close(handle);
    return NULL;
  }
  self->handle = handle;
  self->users = 0;
  self->flag = 0;
  self->lender = NULL;
  return (PyObject*)self;
}

int native_may_close(PyObject* self, char const* users) {
  Py_ssize_t count = ((handle_object*)self)->users;
  if (count == 0) return 1;
  PyErr_Format(PyExc_BufferError, "cannot close it: %zd %s", count, users);
  return 0;
}

int native_alone(PyObject* self) {
  if (((handle_object*)self)->users == 0) return 1;
  PyErr_SetString(PyExc_RuntimeError, "another thread uses it at the moment; let each have one of its own");
  return 0;
}

int native_u64(PyObject* given, void* into) {
  PyObject* number = PyNumber_Index(given);
  if (number == NULL) return 0;
  unsigned long long const value = PyLong_AsUnsignedLongLong(number);
  Py_DECREF(number);
  if (value == (unsigned long long)-1 && PyErr_Occurred() != NULL) return 0;
  *(uint64_t*)into = value;
  return 1;
}

int native_u32(PyObject* given, void* into) {
  uint64_t value = 0;
  if (!native_u64(given, &value)) return 0;
  if (value > UINT32_MAX) {
    PyErr_SetString(PyExc_OverflowError, "the number has more than 32 bits");
    return 0;
  }
  *(uint32_t*)into = (uint32_t)value;
  return 1;
}

int native_timeout(PyObject* given, int64_t* nanoseconds) {
  *nanoseconds = COVIEW_FOREVER;
  if (given == NULL || given == Py_None) return 1;
  double seconds = PyFloat_AsDouble(given);
  if (seconds == -1.0 && PyErr_Occurred() != NULL) return 0;
  if (isnan(seconds)) {
    PyErr_SetString(PyExc_ValueError, "timeout is not a number");
    return 0;
  }
  if (seconds <= 0)
    *nanoseconds = 0;
  else if (seconds < 1e9)
    *nanoseconds = (int64_t)ceil(seconds * 1e9);
  return 1;
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* 1: this thread runs the handlers of signals. -1 with an exception set, which may be what such a handler raised. */
static int handles_signals(void) {
  int answer = -1;
  PyObject* main = PyObject_CallNoArgs(threading_main);
  PyObject* ident = main == NULL ? NULL : PyObject_GetAttrString(main, "ident");
  if (ident != NULL) answer = ident != Py_None && PyLong_AsUnsignedLong(ident) == PyThread_get_thread_ident();
  Py_XDECREF(ident);
  Py_XDECREF(main);
  return PyErr_Occurred() != NULL ? -1 : answer;
}

/* What is there takes no detour. Other threads want the interpreter's lock: with it held, nothing is waited for. */
static coview_status attempt_at_once(native_attempt once, void* context, native_cost cost) {
  if (cost == NATIVE_QUICK) return once(context, 0);
  int const before = coview_thread_patience(0);
  coview_status const status = once(context, 0);
  coview_thread_patience(before);
  return status;
}

coview_status native_wait(PyObject* self, native_attempt once, void* context, int64_t timeout, native_cost cost) {
  static int64_t const slice = 50000000;
  handle_object* object = (handle_object*)self;
  coview_status status = cost == NATIVE_LONG ? COVIEW_TIMED_OUT : attempt_at_once(once, context, cost);
  if (status != COVIEW_TIMED_OUT || (timeout == 0 && cost == NATIVE_QUICK)) return status;
  int64_t const end = timeout < 0 ? INT64_MAX : now() + timeout;
  if (object != NULL) ++object->users; /* before anything that is written in Python, which might close it */
  int const sliced = timeout == 0 ? 0 : handles_signals();
  if (sliced < 0) {
    if (object != NULL) --object->users;
    return -ECANCELED;
  }
  for (;;) {
    int64_t left = timeout < 0 ? COVIEW_FOREVER : end - now();
    if (timeout >= 0 && left < 0) left = 0;
    if (sliced && (left < 0 || left > slice)) left = slice;
    Py_BEGIN_ALLOW_THREADS;
    status = once(context, left);
    Py_END_ALLOW_THREADS;
    if (status != COVIEW_TIMED_OUT || (timeout >= 0 && now() >= end)) break;
    if (PyErr_CheckSignals() != 0) {
      status = -ECANCELED;
      break;
    }
  }
  if (object != NULL) --object->users;
  return status;
}

void* native_timed(PyObject* self, PyObject* arguments, PyObject* keywords, char const* format, int64_t* timeout) {
  static char* names[] = {"timeout", NULL};
  PyObject* given = NULL;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, format, names, &given) || !native_timeout(given, timeout))
    return NULL;
  return native_handle(self);
}

PyObject* native_wait_by(PyObject* self, PyObject* arguments, PyObject* keywords, char const* format,
                         native_attempt once) {
  int64_t timeout;
  void* handle = native_timed(self, arguments, keywords, format, &timeout);
  return handle == NULL ? NULL : native_in_time(native_wait(self, once, handle, timeout, NATIVE_QUICK));
}

PyObject* native_text(char const* text) {
  return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "surrogateescape");
}

PyObject* native_enter(PyObject* self, PyObject* unused) {
  (void)unused;
  if (native_handle(self) == NULL) return NULL;
  Py_INCREF(self);
  return self;
}

PyObject* native_reduce(PyObject* self, PyObject* unused) {
  (void)unused;
  PyObject* name = PyObject_GetAttrString(self, "name");
  if (name == NULL) return NULL;
  if (PyUnicode_GetLength(name) == 0) {
    Py_DECREF(name);
    PyErr_SetString(PyExc_TypeError, "memory without a name cannot be sent to another process");
    return NULL;
  }
  PyObject* open = PyObject_GetAttrString((PyObject*)Py_TYPE(self), "open");
  if (open == NULL) {
    Py_DECREF(name);
    return NULL;
  }
  return Py_BuildValue("(N(N))", open, name);
}

PyObject* native_repr(PyObject* self) {
  PyObject* kind = PyType_GetName(Py_TYPE(self));
  PyObject* name = kind == NULL ? NULL : PyObject_GetAttrString(self, "name");
  PyObject* made = NULL;
  if (name != NULL) {
    made = PyUnicode_FromFormat("<coview.%U %R>", kind, name);
  } else if (kind != NULL && PyErr_ExceptionMatches(PyExc_ValueError)) {
    PyErr_Clear();
    made = PyUnicode_FromFormat("<coview.%U, closed>", kind);
  }
  Py_XDECREF(name);
  Py_XDECREF(kind);
  return made;
}

PyObject* native_close(PyObject* self, void (*close)(void*), char const* users) {
  handle_object* object = (handle_object*)self;
  if (!native_may_close(self, users)) return NULL;
  void* handle = object->handle;
  object->handle = NULL;
  Py_BEGIN_ALLOW_THREADS;
  close(handle);
  Py_END_ALLOW_THREADS;
  Py_RETURN_NONE;
}

void native_dealloc(PyObject* self, void (*close)(void*)) {
  PyTypeObject* type = Py_TYPE(self);
  close(((handle_object*)self)->handle);
  Py_XDECREF(((handle_object*)self)->lender);
  ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

PyObject* native_closed(PyObject* self, void* unused) {
  (void)unused;
  return PyBool_FromLong(((handle_object*)self)->handle == NULL);
}

PyObject* native_list(size_t count, PyObject* (*make)(void const* from, size_t index), void const* from) {
  PyObject* list = PyList_New(0);
  for (size_t i = 0; list != NULL && i < count; ++i) {
    PyObject* one = make(from, i);
    if (one == NULL || PyList_Append(list, one) != 0) Py_CLEAR(list);
    Py_XDECREF(one);
  }
  return list;
}

PyTypeObject* native_add_type(PyObject* module, PyType_Spec* spec) {
  PyTypeObject* type = (PyTypeObject*)PyType_FromSpec(spec);
  if (type == NULL || PyModule_AddType(module, type) != 0) return NULL;
  return type;
}

static PyObject* version(PyObject* module, PyObject* unused) {
  (void)module;
  (void)unused;
  return native_text(coview_version());
}

static PyMethodDef functions[] = {
    {"version", version, METH_NOARGS, "version() -> str\n\nThe version of the library, libcoview."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "coview._native",
    .m_doc = "coview.h as types of Python; use the package coview.",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit__native(void) {
  PyObject* threading = PyImport_ImportModule("threading");
  if (threading == NULL) return NULL;
  threading_main = PyObject_GetAttrString(threading, "main_thread");
  Py_DECREF(threading);
  if (threading_main == NULL) return NULL;
  PyObject* module = PyModule_Create(&definition);
  if (module == NULL) return NULL;
  int (*const parts[])(PyObject*) = {native_add_memory,   native_add_sync,    native_add_timer,  native_add_messages,
                                     native_add_channels, native_add_objects, native_add_status, native_add_copying};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i) {
    if (parts[i](module) == 0) continue;
    Py_DECREF(module);
    return NULL;
  }
  return module;
}
