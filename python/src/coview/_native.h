/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COVIEW_PYTHON_NATIVE_H
#define COVIEW_PYTHON_NATIVE_H

/* The stable interface of CPython 3.11, the first with buffers in it: one build serves that version
 * and all later ones. */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <coview.h>

/* What the types of this module have in common: a handle of coview.h, and who uses it at the moment. All members are
 * guarded by the interpreter's lock, which is let go in calls that wait: `users` counts these and the buffers that
 * were handed out, so that nobody closes a handle under them. */
typedef struct handle_object {
  PyObject_HEAD void* handle; /* NULL: closed */
  Py_ssize_t users;
  int flag;         /* of a mutex: its last owner died with it; of a view or message: its buffers are read-only */
  PyObject* lender; /* of a publisher's slot: that publisher, for which publishing the slot is a use as well */
} handle_object;

/* The module's types. One interpreter a process uses this module (single-phase initialisation sees to that). */
typedef struct native_types {
  PyTypeObject *mapping, *view, *mutex, *event, *semaphore, *timer, *queue, *slot, *message, *topic, *publisher,
      *subscription;
} native_types;
extern native_types native;

/* Raises OSError, of the subclass that its errno has, with the library's sentence. Returns NULL. */
PyObject* native_raise(coview_status status);

/* None; what failed is raised. */
PyObject* native_done(coview_status status);

/* True in time, False when time was up; what failed is raised. */
PyObject* native_in_time(coview_status status);

/* The handle, or NULL with ValueError: it is closed. Ask after the arguments were looked at: what does that may be
 * written in Python, and close it. */
void* native_handle(PyObject* self);

/* A new object of `type` around `handle`, which it owns from now on, whatever happens. */
PyObject* native_new(PyTypeObject* type, void* handle, void (*close)(void*));

/* Whether it may be closed now: else BufferError is set, and 0 returned. */
int native_may_close(PyObject* self, char const* users);

/* Whether no other thread uses it, which is for one at a time: else RuntimeError is set, and 0 returned. */
int native_alone(PyObject* self);

/* Converters for the format "O&": a whole number that fits, or OverflowError. */
int native_u64(PyObject* given, void* into); /* uint64_t */
int native_u32(PyObject* given, void* into); /* uint32_t */

/* A timeout argument: None waits for ever, else seconds. 0 with an exception set where it is neither. */
int native_timeout(PyObject* given, int64_t* nanoseconds);

/* Waits in slices where this is the thread that handles signals, so that Ctrl-C and other handlers run meanwhile: at
 * most a twentieth of a second late. `once` makes one attempt of at most so many nanoseconds; it is called without
 * the interpreter's lock, but for a first attempt that waits for nothing. Returns what `once` did, or -ECANCELED with
 * an exception set. */
typedef coview_status (*native_attempt)(void* context, int64_t nanoseconds);
typedef enum native_cost {
  NATIVE_QUICK, /* what is not there at once is not there */
  NATIVE_LOCKS, /* nor is it, perhaps, for want of a channel's lock */
  NATIVE_LONG   /* it takes a while in any case */
} native_cost;
coview_status native_wait(PyObject* self, native_attempt once, void* context, int64_t timeout, native_cost cost);

/* What a call has that takes nothing but a timeout: its handle, or NULL with an exception set; and all of such a
 * call, whose attempts are given the handle. */
void* native_timed(PyObject* self, PyObject* arguments, PyObject* keywords, char const* format, int64_t* timeout);
PyObject* native_wait_by(PyObject* self, PyObject* arguments, PyObject* keywords, char const* format,
                         native_attempt once);

/* The close() of a type whose handles `close` gives back (without the interpreter's lock), its destructor, and its
 * `closed`. */
PyObject* native_close(PyObject* self, void (*close)(void*), char const* users);
void native_dealloc(PyObject* self, void (*close)(void*));
PyObject* native_closed(PyObject* self, void* unused);

/* Closers of what channels hand out. */
void native_release_slot(void* handle);
void native_release_message(void* handle);

/* Casts a function that takes keywords to what a table of methods has. */
#define WITH_KEYWORDS(function) (PyCFunction)(void (*)(void))(function)

/* close, destructor, name, created and still_named of a type whose calls are coview_KIND_ and whose
 * closer is close_KIND. */
#define NATIVE_NAMED(kind)                                                       \
  static PyObject* kind##_close(PyObject* self, PyObject* unused) {              \
    (void)unused;                                                                \
    return native_close(self, close_##kind, "threads wait for it");              \
  }                                                                              \
  static void kind##_dealloc(PyObject* self) {                                   \
    native_dealloc(self, close_##kind);                                          \
  }                                                                              \
  NATIVE_GETTER(kind, name, native_text(coview_##kind##_name(handle)))           \
  NATIVE_GETTER(kind, created, PyBool_FromLong(coview_##kind##_created(handle))) \
  NATIVE_GETTER(kind, still_named, PyBool_FromLong(coview_##kind##_still_named(handle)))

/* A getter whose expression has the open `handle`. */
#define NATIVE_GETTER(kind, what, expression)                    \
  static PyObject* kind##_##what(PyObject* self, void* unused) { \
    (void)unused;                                                \
    void* handle = native_handle(self);                          \
    return handle == NULL ? NULL : (expression);                 \
  }

/* What NATIVE_NAMED made, in a table. */
#define NATIVE_NAMED_GETTERS(kind)                                                                       \
  {"name", kind##_name, NULL, "The name it was opened by.", NULL},                                       \
      {"created", kind##_created, NULL, "Whether this call made the object.", NULL},                     \
      {"still_named", kind##_still_named, NULL, "Whether the name still leads to this object.", NULL}, { \
    "closed", native_closed, NULL, "Whether it was closed.", NULL                                        \
  }

/* The open() and close() of such a type, and its flags. */
#define NATIVE_OPEN_BY_NAME(kind)                                                           \
  static PyObject* kind##_open(PyObject* type, PyObject* arguments) {                       \
    (void)type;                                                                             \
    char const* name;                                                                       \
    if (!PyArg_ParseTuple(arguments, "s:open", &name)) return NULL;                         \
    coview_##kind* made = NULL;                                                             \
    coview_status status;                                                                   \
    Py_BEGIN_ALLOW_THREADS;                                                                 \
    status = coview_##kind##_open(name, &made);                                             \
    Py_END_ALLOW_THREADS;                                                                   \
    return status < 0 ? native_raise(status) : native_new(native.kind, made, close_##kind); \
  }

#define NATIVE_CLOSE_METHOD(kind) \
  { "close", kind##_close, METH_NOARGS, "close()\n\nGives the handle back. BufferError while threads wait for it." }

#define NATIVE_NAMED_FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION)

/* Adds the types and functions of a part to the module; 0, or -1 with an exception set. */
int native_add_memory(PyObject* module);
int native_add_sync(PyObject* module);
int native_add_timer(PyObject* module);
int native_add_messages(PyObject* module);
int native_add_channels(PyObject* module);
int native_add_objects(PyObject* module);
int native_add_status(PyObject* module);
int native_add_copying(PyObject* module);
PyTypeObject* native_add_type(PyObject* module, PyType_Spec* spec);

/* What all types of named objects share. */
PyObject* native_text(char const* text);
/* A list of what `make` returns for each of `count` places; NULL where it returns that, with an exception set. */
PyObject* native_list(size_t count, PyObject* (*make)(void const* from, size_t index), void const* from);
PyObject* native_enter(PyObject* self, PyObject* unused);
/* Pickled as the call that opens its name: somebody must hold it when it is read. */
PyObject* native_reduce(PyObject* self, PyObject* unused);
PyObject* native_repr(PyObject* self);

#endif
