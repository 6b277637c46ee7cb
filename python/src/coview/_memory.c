/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping and View. */
#include <string.h>

#include "_native.h"

static void close_mapping(void* handle) {
  coview_mapping_close(handle);
}
static void close_view(void* handle) {
  coview_view_close(handle);
}

static int access_of(char const* text, coview_access* rights) {
  if (strcmp(text, "rw") == 0)
    *rights = COVIEW_READ_WRITE;
  else if (strcmp(text, "r") == 0)
    *rights = COVIEW_READ_ONLY;
  else if (strcmp(text, "c") == 0)
    *rights = COVIEW_COPY_ON_WRITE;
  else {
    PyErr_Format(PyExc_ValueError, "access is 'r', 'rw' or 'c' (copy on write), not '%s'", text);
    return 0;
  }
  return 1;
}

static PyObject* hand_out(coview_status status, coview_mapping* mapping) {
  return status < 0 ? native_raise(status) : native_new(native.mapping, mapping, close_mapping);
}

static PyObject* create_with(PyObject* arguments, PyObject* keywords, char const* format,
                             coview_status (*make)(char const*, uint64_t, coview_create_options const*,
                                                   coview_mapping**)) {
  static char* names[] = {"name", "size", "mode", "permanent", "reserve", "huge_pages", NULL};
  char const* name;
  uint64_t size;
  uint32_t mode = 0600;
  int permanent = 0;
  int reserve = 0;
  int huge_pages = 0;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, format, names, &name, native_u64, &size, native_u32, &mode,
                                   &permanent, &reserve, &huge_pages))
    return NULL;
  coview_create_options options = COVIEW_CREATE_OPTIONS_INIT;
  options.mode = mode;
  options.permanent = (uint8_t)permanent;
  options.reserve = (uint8_t)reserve;
  options.huge_pages = (uint8_t)huge_pages;
  coview_mapping* mapping = NULL;
  coview_status status;
  Py_BEGIN_ALLOW_THREADS;
  status = make(name, size, &options, &mapping);
  Py_END_ALLOW_THREADS;
  return hand_out(status, mapping);
}

static PyObject* mapping_create(PyObject* type, PyObject* arguments, PyObject* keywords) {
  (void)type;
  return create_with(arguments, keywords, "sO&|$O&ppp:create", coview_mapping_create);
}

static PyObject* mapping_open_or_create(PyObject* type, PyObject* arguments, PyObject* keywords) {
  (void)type;
  return create_with(arguments, keywords, "sO&|$O&ppp:open_or_create", coview_mapping_open_or_create);
}

static PyObject* mapping_open(PyObject* type, PyObject* arguments, PyObject* keywords) {
  (void)type;
  static char* names[] = {"name", "access", NULL};
  char const* name;
  char const* access = "rw";
  coview_access rights;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "s|$s:open", names, &name, &access) ||
      !access_of(access, &rights))
    return NULL;
  coview_mapping* mapping = NULL;
  coview_status status;
  Py_BEGIN_ALLOW_THREADS;
  status = coview_mapping_open(name, rights, &mapping);
  Py_END_ALLOW_THREADS;
  return hand_out(status, mapping);
}

static PyObject* mapping_file(PyObject* type, PyObject* arguments, PyObject* keywords) {
  (void)type;
  static char* names[] = {"path", "access", "size", "name", "reserve", NULL};
  PyObject* path = NULL;
  char const* access = "rw";
  coview_file_options options = COVIEW_FILE_OPTIONS_INIT;
  int reserve = 0;
  coview_access rights;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O&|$sO&zp:file", names, PyUnicode_FSConverter, &path,
                                   &access, native_u64, &options.size, &options.name, &reserve))
    return NULL;
  PyObject* result = NULL;
  if (access_of(access, &rights)) {
    options.reserve = (uint8_t)reserve;
    coview_mapping* mapping = NULL;
    coview_status status;
    char const* text = PyBytes_AsString(path);
    Py_BEGIN_ALLOW_THREADS;
    status = coview_mapping_file(text, rights, &options, &mapping);
    Py_END_ALLOW_THREADS;
    result = hand_out(status, mapping);
  }
  Py_DECREF(path);
  return result;
}

static PyObject* mapping_anonymous(PyObject* type, PyObject* arguments) {
  (void)type;
  uint64_t size;
  if (!PyArg_ParseTuple(arguments, "O&:anonymous", native_u64, &size)) return NULL;
  coview_mapping* mapping = NULL;
  coview_status status = coview_mapping_anonymous(size, NULL, &mapping);
  return hand_out(status, mapping);
}

static PyObject* mapping_view(PyObject* self, PyObject* arguments, PyObject* keywords) {
  static char* names[] = {"access", "offset", "length", NULL};
  char const* access = NULL;
  uint64_t offset = 0;
  PyObject* length = NULL;
  uint64_t bytes = COVIEW_TO_END;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|$zO&O:view", names, &access, native_u64, &offset,
                                   &length) ||
      (length != NULL && length != Py_None && !native_u64(length, &bytes)))
    return NULL;
  coview_mapping* mapping = native_handle(self);
  if (mapping == NULL) return NULL;
  coview_access rights = coview_mapping_rights(mapping);
  if (access != NULL && !access_of(access, &rights)) return NULL;
  coview_view* view = NULL;
  coview_status status = coview_view_map(mapping, rights, offset, bytes, NULL, &view);
  if (status < 0) return native_raise(status);
  PyObject* made = native_new(native.view, view, close_view); /* it keeps the name by itself */
  if (made != NULL) ((handle_object*)made)->flag = rights == COVIEW_READ_ONLY;
  return made;
}

NATIVE_NAMED(mapping)

static PyObject* mapping_exit(PyObject* self, PyObject* unused) {
  return mapping_close(self, unused);
}

NATIVE_GETTER(mapping, size, PyLong_FromUnsignedLongLong(coview_mapping_size(handle)))
NATIVE_GETTER(mapping, writable, PyBool_FromLong(coview_mapping_rights(handle) == COVIEW_READ_WRITE))

static PyObject* mapping_fileno(PyObject* self, PyObject* unused) {
  (void)unused;
  coview_mapping* mapping = native_handle(self);
  return mapping == NULL ? NULL : PyLong_FromLong(coview_mapping_native_handle(mapping));
}

static PyMethodDef mapping_methods[] = {
    {"create", WITH_KEYWORDS(mapping_create), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "create(name, size, *, mode=0o600, permanent=False, reserve=False, huge_pages=False) -> Mapping\n\n"
     "Memory of `size` bytes, all zero, under a name that must be free: FileExistsError where it is not."},
    {"open", WITH_KEYWORDS(mapping_open), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "open(name, *, access='rw') -> Mapping\n\n"
     "What somebody holds: FileNotFoundError where nobody does."},
    {"open_or_create", WITH_KEYWORDS(mapping_open_or_create), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "open_or_create(name, size, *, mode=0o600, permanent=False, reserve=False, huge_pages=False) -> Mapping\n\n"
     "Opens the name where somebody holds it, with the size that it has, and creates it otherwise."},
    {"file", WITH_KEYWORDS(mapping_file), METH_VARARGS | METH_KEYWORDS | METH_CLASS,
     "file(path, *, access='rw', size=0, name=None, reserve=False) -> Mapping\n\n"
     "A file; 0: with its own length. With a name, others open the name and get the same file."},
    {"anonymous", mapping_anonymous, METH_VARARGS | METH_CLASS,
     "anonymous(size) -> Mapping\n\nMemory without a name, which children inherit."},
    {"view", WITH_KEYWORDS(mapping_view), METH_VARARGS | METH_KEYWORDS,
     "view(*, access=None, offset=0, length=None) -> View\n\n"
     "Maps the bytes, with the rights of the mapping unless told otherwise."},
    {"fileno", mapping_fileno, METH_NOARGS,
     "fileno() -> int\n\nThe descriptor behind it, which stays the mapping's."},
    {"close", mapping_close, METH_NOARGS, "close()\n\nGives the handle back. Views keep theirs, and so the name."},
    {"__enter__", native_enter, METH_NOARGS, NULL},
    {"__exit__", mapping_exit, METH_VARARGS, NULL},
    {"__reduce__", native_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef mapping_getters[] = {
    {"name", mapping_name, NULL, "The name it was opened by; '' for memory without one.", NULL},
    {"size", mapping_size, NULL, "Bytes.", NULL},
    {"created", mapping_created, NULL, "Whether this call made the object.", NULL},
    {"still_named", mapping_still_named, NULL, "Whether the name still leads to this object.", NULL},
    {"writable", mapping_writable, NULL, "Whether views of it may write.", NULL},
    {"closed", native_closed, NULL, "Whether it was closed.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot mapping_slots[] = {
    {Py_tp_doc,
     "Named memory that several processes see at once. The name lives as long as anybody has a handle or a view."},
    {Py_tp_dealloc, mapping_dealloc},
    {Py_tp_repr, native_repr},
    {Py_tp_methods, mapping_methods},
    {Py_tp_getset, mapping_getters},
    {0, NULL},
};
static PyType_Spec mapping_spec = {"coview._native.Mapping", sizeof(handle_object), 0,
                                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                                   mapping_slots};

/* View ----------------------------------------------------------------------------------------------------------- */

static int view_getbuffer(PyObject* self, Py_buffer* buffer, int flags) {
  handle_object* object = (handle_object*)self;
  coview_view* view = native_handle(self);
  buffer->obj = NULL;
  if (view == NULL) return -1;
  if (PyBuffer_FillInfo(buffer, self, coview_view_data(view), (Py_ssize_t)coview_view_size(view), object->flag,
                        flags))
    return -1;
  ++object->users;
  return 0;
}

static void view_releasebuffer(PyObject* self, Py_buffer* buffer) {
  (void)buffer;
  --((handle_object*)self)->users;
}

static PyObject* view_close(PyObject* self, PyObject* unused) {
  (void)unused;
  return native_close(self, close_view, "buffers of it are in use (memoryview, numpy arrays ...)");
}

static PyObject* view_exit(PyObject* self, PyObject* unused) {
  return view_close(self, unused);
}

static PyObject* view_flush(PyObject* self, PyObject* unused) {
  (void)unused;
  coview_view* view = native_handle(self);
  if (view == NULL) return NULL;
  handle_object* object = (handle_object*)self;
  ++object->users;
  coview_status status;
  Py_BEGIN_ALLOW_THREADS;
  status = coview_view_flush(view, 0, COVIEW_TO_END);
  Py_END_ALLOW_THREADS;
  --object->users;
  if (status < 0) return native_raise(status);
  Py_RETURN_NONE;
}

static PyObject* view_readonly(PyObject* self, void* unused) {
  (void)unused;
  return PyBool_FromLong(((handle_object*)self)->flag);
}

static Py_ssize_t view_length(PyObject* self) {
  coview_view* view = native_handle(self);
  return view == NULL ? -1 : (Py_ssize_t)coview_view_size(view);
}

static void view_dealloc(PyObject* self) {
  native_dealloc(self, close_view);
}

static PyMethodDef view_methods[] = {
    {"flush", view_flush, METH_NOARGS, "flush()\n\nOf a file: all of it is on disk when this returns."},
    {"close", view_close, METH_NOARGS, "close()\n\nUnmaps it. BufferError while buffers of it are in use."},
    {"__enter__", native_enter, METH_NOARGS, NULL},
    {"__exit__", view_exit, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef view_getters[] = {
    {"readonly", view_readonly, NULL, "Whether its buffers are read-only.", NULL},
    {"closed", native_closed, NULL, "Whether it was closed.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot view_slots[] = {
    {Py_tp_doc, "A range of a mapping in this process: a buffer, for memoryview, numpy.frombuffer and the like."},
    {Py_tp_dealloc, view_dealloc},
    {Py_tp_methods, view_methods},
    {Py_tp_getset, view_getters},
    {Py_bf_getbuffer, view_getbuffer},
    {Py_bf_releasebuffer, view_releasebuffer},
    {Py_sq_length, view_length},
    {0, NULL},
};
static PyType_Spec view_spec = {"coview._native.View", sizeof(handle_object), 0,
                                Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, view_slots};

int native_add_memory(PyObject* module) {
  native.mapping = native_add_type(module, &mapping_spec);
  native.view = native_add_type(module, &view_spec);
  return native.mapping == NULL || native.view == NULL ? -1 : 0;
}
