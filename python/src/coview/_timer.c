/* SPDX-License-Identifier: Apache-2.0 */
/* Timer. */
#include <errno.h>
#include <math.h>

#include "_native.h"

static void close_timer(void* handle) {
  coview_timer_close(handle);
}
NATIVE_NAMED(timer)
NATIVE_OPEN_BY_NAME(timer)

static PyObject* make_timer(PyObject* arguments, PyObject* keywords, char const* format,
                            coview_status (*make)(char const*, coview_reset, coview_create_options const*,
                                                  coview_timer**)) {
  static char* names[] = {"name", "manual", "mode", "permanent", NULL};
  char const* name;
  int manual = 0;
  uint32_t mode = 0600;
  int permanent = 0;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, format, names, &name, &manual, native_u32, &mode, &permanent))
    return NULL;
  coview_create_options options = COVIEW_CREATE_OPTIONS_INIT;
  options.mode = mode;
  options.permanent = (uint8_t)permanent;
  coview_timer* made = NULL;
  coview_status status;
  Py_BEGIN_ALLOW_THREADS;
  status = make(name, manual ? COVIEW_RESET_MANUAL : COVIEW_RESET_AUTOMATIC, &options, &made);
  Py_END_ALLOW_THREADS;
  return status < 0 ? native_raise(status) : native_new(native.timer, made, close_timer);
}

static PyObject* timer_make(PyObject* type, PyObject* arguments, PyObject* keywords) {
  (void)type;
  return make_timer(arguments, keywords, "s|$pO&p:create", coview_timer_create);
}

static PyObject* timer_open_or_create(PyObject* type, PyObject* arguments, PyObject* keywords) {
  (void)type;
  return make_timer(arguments, keywords, "s|$pO&p:open_or_create", coview_timer_open_or_create);
}

/* Seconds as nanoseconds. 0 with ValueError where they are no time from -292 to 292 years. */
static int nanoseconds_of(double seconds, int64_t* into) {
  if (!(fabs(seconds) < 9.2e9)) {
    PyErr_SetString(PyExc_ValueError, "that is no time within 292 years");
    return 0;
  }
  *into = (int64_t)ceil(seconds * 1e9);
  return 1;
}

static PyObject* set_by(PyObject* self, PyObject* arguments, PyObject* keywords, char const* format, char* first,
                        coview_status (*set)(coview_timer const*, int64_t, int64_t)) {
  char* names[] = {first, "period", NULL};
  double when;
  double every = 0;
  int64_t time;
  int64_t period;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, format, names, &when, &every) ||
      !nanoseconds_of(when, &time) || !nanoseconds_of(every, &period))
    return NULL;
  coview_timer* timer = native_handle(self);
  return timer == NULL ? NULL : native_done(set(timer, time, period));
}

static PyObject* timer_set(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return set_by(self, arguments, keywords, "d|d:set", "after", coview_timer_set);
}

static PyObject* timer_set_at(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return set_by(self, arguments, keywords, "d|d:set_at", "when", coview_timer_set_at);
}

static PyObject* timer_cancel(PyObject* self, PyObject* unused) {
  (void)unused;
  coview_timer* timer = native_handle(self);
  return timer == NULL ? NULL : native_done(coview_timer_cancel(timer));
}

static coview_status wait_timer(void* timer, int64_t nanoseconds) {
  return coview_timer_wait(timer, nanoseconds);
}

static PyObject* timer_wait(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return native_wait_by(self, arguments, keywords, "|O:wait", wait_timer);
}

static PyObject* due_in(coview_timer* timer) {
  int64_t nanoseconds = 0;
  coview_status const status = coview_timer_due_in(timer, &nanoseconds);
  if (status < 0) return native_raise(status);
  if (status == COVIEW_ABSENT) Py_RETURN_NONE;
  return PyFloat_FromDouble((double)nanoseconds / 1e9);
}
NATIVE_GETTER(timer, due_in, due_in(handle))
NATIVE_GETTER(timer, manual, PyBool_FromLong(coview_timer_kind(handle) == COVIEW_RESET_MANUAL))

static PyMethodDef timer_methods[] = {
    {"create", WITH_KEYWORDS(timer_make), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "create(name, *, manual=False, mode=0o600, permanent=False) -> Timer"},
    {"open", timer_open, METH_VARARGS | METH_CLASS, "open(name) -> Timer"},
    {"open_or_create", WITH_KEYWORDS(timer_open_or_create), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "open_or_create(name, *, manual=False, mode=0o600, permanent=False) -> Timer"},
    {"set", WITH_KEYWORDS(timer_set), METH_VARARGS | METH_KEYWORDS,
     "set(after, period=0)\n\nDue in `after` seconds, and then every `period` seconds; 0: once."},
    {"set_at", WITH_KEYWORDS(timer_set_at), METH_VARARGS | METH_KEYWORDS,
     "set_at(when, period=0)\n\nDue at a time of the wall clock, as time.time() has it."},
    {"cancel", timer_cancel, METH_NOARGS, "cancel()\n\nWhat has become due stays there for the taking."},
    {"wait", WITH_KEYWORDS(timer_wait), METH_VARARGS | METH_KEYWORDS,
     "wait(timeout=None) -> bool\n\nTrue: it was due. False: `timeout` seconds were not enough."},
    NATIVE_CLOSE_METHOD(timer),
    {"__enter__", native_enter, METH_NOARGS, NULL},
    {"__exit__", timer_close, METH_VARARGS, NULL},
    {"__reduce__", native_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef timer_getters[] = {
    NATIVE_NAMED_GETTERS(timer),
    {"manual", timer_manual, NULL, "Whether it stays due for all, until it is set again.", NULL},
    {"due_in", timer_due_in, NULL, "Seconds until it is due (again); None where it does not run.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot timer_slots[] = {
    {Py_tp_doc, "A named flag that is set at a point of time, once or again and again, for threads of any process."},
    {Py_tp_dealloc, timer_dealloc},
    {Py_tp_repr, native_repr},
    {Py_tp_methods, timer_methods},
    {Py_tp_getset, timer_getters},
    {0, NULL},
};
static PyType_Spec timer_spec = {"coview._native.Timer", sizeof(handle_object), 0, NATIVE_NAMED_FLAGS, timer_slots};

int native_add_timer(PyObject* module) {
  native.timer = native_add_type(module, &timer_spec);
  return native.timer == NULL ? -1 : 0;
}
