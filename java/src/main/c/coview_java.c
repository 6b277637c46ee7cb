/* SPDX-License-Identifier: Apache-2.0 */
/* The native part of Native.java: coview.h for the virtual machine. A handle is open during each call (Raw.java), and
 * an exception that is pending ends the call at once. */
#include <coview.h>
#include <jni.h>
#include <stdlib.h>
#include <string.h>

#include "coview_Native.h"

static void raise_error(JNIEnv* env, int code, char const* sentence) {
  jsize const length = (jsize)strlen(sentence);
  jclass const type = (*env)->FindClass(env, "coview/CoviewException");
  if (type == NULL) return;
  jmethodID const make = (*env)->GetMethodID(env, type, "<init>", "(I[B)V");
  jbyteArray const text = make == NULL ? NULL : (*env)->NewByteArray(env, length);
  if (text == NULL) return;
  (*env)->SetByteArrayRegion(env, text, 0, length, (jbyte const*)sentence);
  jobject const error = (*env)->NewObject(env, type, make, (jint)code, text);
  if (error != NULL) (*env)->Throw(env, (jthrowable)error);
}

/* The status; a negative one is raised. */
static coview_status checked(JNIEnv* env, coview_status status) {
  if (status < 0) raise_error(env, -status, coview_last_error());
  return status;
}

static jlong address(void const* handle) {
  return (jlong)(uintptr_t)handle;
}

static void* at(jlong handle) {
  return (void*)(uintptr_t)handle;  // NOLINT: an address that went to Java and back
}

static jbyteArray bytes_of(JNIEnv* env, void const* bytes, size_t length) {
  if (length > INT32_MAX) {
    raise_error(env, 90, "cannot read a message: it is larger than an array of Java can be");
    return NULL;
  }
  jbyteArray const made = (*env)->NewByteArray(env, (jsize)length);
  if (made != NULL && length != 0) (*env)->SetByteArrayRegion(env, made, 0, (jsize)length, bytes);
  return made;
}

static jbyteArray text_of(JNIEnv* env, char const* text) {
  return bytes_of(env, text, strlen(text));
}

/* A text from Java, which ends in a zero byte; NULL for null, and where memory ended. */
static char* text_from(JNIEnv* env, jbyteArray text) {
  if (text == NULL) return NULL;
  return (char*)(*env)->GetByteArrayElements(env, text, NULL);
}

static void text_done(JNIEnv* env, jbyteArray text, char* elements) {
  if (elements != NULL) (*env)->ReleaseByteArrayElements(env, text, (jbyte*)elements, JNI_ABORT);
}

enum { create = 0, open_it = 1 };
enum { timer_kind = COVIEW_KIND_TIMER, publisher_kind = 8, subscription_kind = 9, message_kind = 10, view_kind = 11 };

static coview_create_options options_of(jint mode, jint flags) {
  coview_create_options options = COVIEW_CREATE_OPTIONS_INIT;
  options.mode = (uint32_t)mode;
  options.permanent = (flags & 1) != 0;
  options.reserve = (flags & 2) != 0;
  options.huge_pages = (flags & 4) != 0;
  return options;
}

JNIEXPORT jbyteArray JNICALL Java_coview_Native_version(JNIEnv* env, jclass of) {
  (void)of;
  return text_of(env, coview_version());
}

JNIEXPORT jlong JNICALL Java_coview_Native_openMapping(JNIEnv* env, jclass of, jint how, jbyteArray name, jlong size,
                                                       jint access, jint mode, jint flags) {
  (void)of;
  coview_create_options const options = options_of(mode, flags);
  coview_mapping* made = NULL;
  char* const text = text_from(env, name);
  if (text == NULL) return 0;
  checked(env, how == create    ? coview_mapping_create(text, (uint64_t)size, &options, &made)
               : how == open_it ? coview_mapping_open(text, access, &made)
                                : coview_mapping_open_or_create(text, (uint64_t)size, &options, &made));
  text_done(env, name, text);
  return address(made);
}

JNIEXPORT jlong JNICALL Java_coview_Native_openFile(JNIEnv* env, jclass of, jbyteArray path, jint access, jlong size,
                                                    jbyteArray name) {
  (void)of;
  coview_mapping* made = NULL;
  char* const where = text_from(env, path);
  char* const text = text_from(env, name);
  if (where != NULL && (name == NULL || text != NULL)) {
    coview_file_options options = COVIEW_FILE_OPTIONS_INIT;
    options.size = (uint64_t)size;
    options.name = text;
    checked(env, coview_mapping_file(where, access, &options, &made));
  }
  text_done(env, path, where);
  text_done(env, name, text);
  return address(made);
}

JNIEXPORT jlong JNICALL Java_coview_Native_anonymous(JNIEnv* env, jclass of, jlong size) {
  (void)of;
  coview_mapping* made = NULL;
  checked(env, coview_mapping_anonymous((uint64_t)size, NULL, &made));
  return address(made);
}

JNIEXPORT jlong JNICALL Java_coview_Native_openSync(JNIEnv* env, jclass of, jint kind, jint how, jbyteArray name,
                                                    jint first, jint second, jint mode, jint flags) {
  (void)of;
  coview_create_options const options = options_of(mode, flags);
  char* const text = text_from(env, name);
  if (text == NULL) return 0;
  coview_status status;
  void const* handle;
#define OPEN(type, before_options)                                             \
  {                                                                            \
    coview_##type* made = NULL;                                                \
    status = how == create    ? coview_##type##_create before_options          \
             : how == open_it ? coview_##type##_open(text, &made)              \
                              : coview_##type##_open_or_create before_options; \
    handle = made;                                                             \
    break;                                                                     \
  }
  switch (kind) {
    case COVIEW_KIND_MUTEX:
      OPEN(mutex, (text, &options, &made))
    case COVIEW_KIND_EVENT:
      OPEN(event, (text, first, second, &options, &made))
    case COVIEW_KIND_SEMAPHORE:
      OPEN(semaphore, (text, (uint32_t)first, (uint32_t)second, &options, &made))
    default:
      OPEN(timer, (text, first, &options, &made))
  }
#undef OPEN
  checked(env, status);
  text_done(env, name, text);
  return address(handle);
}

JNIEXPORT jlong JNICALL Java_coview_Native_openChannel(JNIEnv* env, jclass of, jint kind, jint how, jbyteArray name,
                                                       jlongArray sizes, jint participants, jint mode, jint flags,
                                                       jbyteArray type_name, jlong type_size, jint type_version) {
  (void)of;
  jlong given[2];
  (*env)->GetLongArrayRegion(env, sizes, 0, 2, given);
  coview_channel_options options = COVIEW_CHANNEL_OPTIONS_INIT;
  options.capacity = (uint64_t)given[0];
  options.messages = (uint64_t)given[1];
  options.participants = (uint32_t)participants;
  options.mode = (uint32_t)mode;
  options.permanent = (flags & 1) != 0;
  options.drop_on_death = (flags & 2) != 0;
  options.subscribers_may_block = (flags & 4) != 0;
  char* const text = text_from(env, name);
  char* const carried = text_from(env, type_name);
  void const* handle = NULL;
  if (text != NULL && (type_name == NULL || carried != NULL)) {
    options.type = (coview_type){.name = carried, .size = (uint64_t)type_size, .version = (uint32_t)type_version};
    coview_queue* queue = NULL;
    coview_topic* topic = NULL;
    coview_status status;
    if (kind == COVIEW_KIND_QUEUE)
      status = how == create    ? coview_queue_create(text, &options, &queue)
               : how == open_it ? coview_queue_open(text, &options.type, &queue)
                                : coview_queue_open_or_create(text, &options, &queue);
    else
      status = how == create    ? coview_topic_create(text, &options, &topic)
               : how == open_it ? coview_topic_open(text, &options.type, &topic)
                                : coview_topic_open_or_create(text, &options, &topic);
    checked(env, status);
    handle = kind == COVIEW_KIND_QUEUE ? (void const*)queue : (void const*)topic;
  }
  text_done(env, name, text);
  text_done(env, type_name, carried);
  return address(handle);
}

JNIEXPORT jlong JNICALL Java_coview_Native_publisher(JNIEnv* env, jclass of, jlong topic) {
  (void)of;
  coview_publisher* made = NULL;
  checked(env, coview_publisher_open(at(topic), &made));
  return address(made);
}

JNIEXPORT jlong JNICALL Java_coview_Native_subscription(JNIEnv* env, jclass of, jlong topic, jint from, jint slow) {
  (void)of;
  coview_subscription* made = NULL;
  checked(env, coview_subscription_open(at(topic), from, slow, &made));
  return address(made);
}

JNIEXPORT void JNICALL Java_coview_Native_close(JNIEnv* env, jclass of, jint kind, jlong handle) {
  (void)env;
  (void)of;
  switch (kind) {
    case COVIEW_KIND_MAPPING:
      coview_mapping_close(at(handle));
      break;
    case COVIEW_KIND_MUTEX:
      coview_mutex_close(at(handle));
      break;
    case COVIEW_KIND_EVENT:
      coview_event_close(at(handle));
      break;
    case COVIEW_KIND_SEMAPHORE:
      coview_semaphore_close(at(handle));
      break;
    case COVIEW_KIND_QUEUE:
      coview_queue_close(at(handle));
      break;
    case COVIEW_KIND_TOPIC:
      coview_topic_close(at(handle));
      break;
    case timer_kind:
      coview_timer_close(at(handle));
      break;
    case publisher_kind:
      coview_publisher_close(at(handle));
      break;
    case subscription_kind:
      coview_subscription_close(at(handle));
      break;
    case message_kind:
      coview_message_release(at(handle));
      break;
    case view_kind:
      coview_view_close(at(handle));
      break;
    default:
      break;
  }
}

/* What `call` of a kind says of a handle. */
#define OF_KIND(call)                                                   \
  kind == COVIEW_KIND_MAPPING     ? coview_mapping_##call(at(handle))   \
  : kind == COVIEW_KIND_MUTEX     ? coview_mutex_##call(at(handle))     \
  : kind == COVIEW_KIND_EVENT     ? coview_event_##call(at(handle))     \
  : kind == COVIEW_KIND_SEMAPHORE ? coview_semaphore_##call(at(handle)) \
  : kind == COVIEW_KIND_QUEUE     ? coview_queue_##call(at(handle))     \
  : kind == COVIEW_KIND_TOPIC     ? coview_topic_##call(at(handle))     \
                                  : coview_timer_##call(at(handle))

JNIEXPORT jbyteArray JNICALL Java_coview_Native_name(JNIEnv* env, jclass of, jint kind, jlong handle) {
  (void)of;
  return text_of(env, OF_KIND(name));
}

JNIEXPORT jboolean JNICALL Java_coview_Native_created(JNIEnv* env, jclass of, jint kind, jlong handle) {
  (void)env;
  (void)of;
  return (OF_KIND(created)) != 0;
}

JNIEXPORT jboolean JNICALL Java_coview_Native_stillNamed(JNIEnv* env, jclass of, jint kind, jlong handle) {
  (void)env;
  (void)of;
  return (OF_KIND(still_named)) != 0;
}

JNIEXPORT jlong JNICALL Java_coview_Native_number(JNIEnv* env, jclass of, jint which, jlong handle) {
  (void)env;
  (void)of;
  void* const it = at(handle);
  switch (which) {
    case 0:
      return (jlong)coview_mapping_size(it);
    case 1:
      return coview_mapping_rights(it);
    case 2:
      return coview_event_kind(it);
    case 3:
      return coview_semaphore_count(it);
    case 4:
      return coview_semaphore_maximum(it);
    case 5:
      return coview_timer_kind(it);
    case 6:
      return (jlong)coview_message_sequence(it);
    case 7:
      return coview_message_deaths(it);
    case 8:
      return (jlong)coview_message_lost(it);
    case 9:
      return (jlong)coview_queue_largest(it);
    case 10:
      return (jlong)coview_queue_capacity(it);
    case 11:
      return (jlong)coview_queue_depth(it);
    case 12:
      return (jlong)coview_topic_published(it);
    case 13:
      return (jlong)coview_topic_largest(it);
    case 14:
      return (jlong)coview_topic_capacity(it);
    case 15:
      return (jlong)coview_subscription_lost(it);
    case 16:
      return coview_subscription_blocks(it);
    default:
      return 0;
  }
}

JNIEXPORT jobject JNICALL Java_coview_Native_map(JNIEnv* env, jclass of, jlong mapping, jint access, jlong offset,
                                                 jlong length, jlongArray view) {
  (void)of;
  /* Not the view keeps the name but the mapping's handle, which Java gives back when it is closed; the memory stays
   * as long as a buffer leads there. */
  coview_map_options options = COVIEW_MAP_OPTIONS_INIT;
  options.does_not_keep_name = 1;
  coview_view* made = NULL;
  if (checked(env, coview_view_map(at(mapping), access, (uint64_t)offset, (uint64_t)length, &options, &made)) < 0)
    return NULL;
  jlong const handle = address(made);
  jobject const buffer = (*env)->NewDirectByteBuffer(env, coview_view_data(made), (jlong)coview_view_size(made));
  if (buffer == NULL)
    coview_view_close(made);
  else
    (*env)->SetLongArrayRegion(env, view, 0, 1, &handle);
  return buffer;
}

JNIEXPORT void JNICALL Java_coview_Native_flush(JNIEnv* env, jclass of, jlong view) {
  (void)of;
  checked(env, coview_view_flush(at(view), 0, COVIEW_TO_END));
}

JNIEXPORT jint JNICALL Java_coview_Native_await(JNIEnv* env, jclass of, jint kind, jlong handle, jlong nanoseconds) {
  (void)of;
  return checked(env, kind == COVIEW_KIND_MUTEX       ? coview_mutex_acquire(at(handle), nanoseconds)
                      : kind == COVIEW_KIND_EVENT     ? coview_event_wait(at(handle), nanoseconds)
                      : kind == COVIEW_KIND_SEMAPHORE ? coview_semaphore_acquire(at(handle), nanoseconds)
                                                      : coview_timer_wait(at(handle), nanoseconds));
}

JNIEXPORT void JNICALL Java_coview_Native_act(JNIEnv* env, jclass of, jint what, jlong handle) {
  (void)of;
  void* const it = at(handle);
  checked(env, what == 0   ? coview_mutex_release(it)
               : what == 1 ? coview_event_set(it)
               : what == 2 ? coview_event_clear(it)
               : what == 3 ? coview_event_pulse(it)
                           : coview_timer_cancel(it));
}

JNIEXPORT jint JNICALL Java_coview_Native_releasePermits(JNIEnv* env, jclass of, jlong semaphore, jint count) {
  (void)of;
  uint32_t before = 0;
  /* A negative count is more than any maximum. */
  checked(env, coview_semaphore_release(at(semaphore), (uint32_t)count, &before));
  return (jint)before;
}

JNIEXPORT void JNICALL Java_coview_Native_setTimer(JNIEnv* env, jclass of, jlong timer, jlong time, jlong period,
                                                   jboolean wall_clock) {
  (void)of;
  checked(env, wall_clock ? coview_timer_set_at(at(timer), time, period) : coview_timer_set(at(timer), time, period));
}

JNIEXPORT jlong JNICALL Java_coview_Native_dueIn(JNIEnv* env, jclass of, jlong timer) {
  (void)of;
  int64_t left = -1;
  return checked(env, coview_timer_due_in(at(timer), &left)) == COVIEW_OK ? left : -1;
}

static jint send_bytes(JNIEnv* env, jint kind, jlong handle, void const* bytes, jint length, jlong nanoseconds) {
  return checked(env, kind == COVIEW_KIND_QUEUE
                          ? coview_queue_send(at(handle), bytes, (size_t)length, nanoseconds)
                          : coview_publisher_publish(at(handle), bytes, (size_t)length, nanoseconds));
}

JNIEXPORT jint JNICALL Java_coview_Native_send(JNIEnv* env, jclass of, jint kind, jlong handle, jbyteArray bytes,
                                               jint offset, jint length, jlong nanoseconds) {
  (void)of;
  jbyte* const elements = (*env)->GetByteArrayElements(env, bytes, NULL);
  if (elements == NULL) return COVIEW_TIMED_OUT;
  jint const status = send_bytes(env, kind, handle, elements + offset, length, nanoseconds);
  (*env)->ReleaseByteArrayElements(env, bytes, elements, JNI_ABORT);
  return status;
}

JNIEXPORT jint JNICALL Java_coview_Native_sendDirect(JNIEnv* env, jclass of, jint kind, jlong handle, jobject bytes,
                                                     jint offset, jint length, jlong nanoseconds) {
  (void)of;
  char const* const first = (*env)->GetDirectBufferAddress(env, bytes);
  return send_bytes(env, kind, handle, first == NULL ? NULL : first + offset, length, nanoseconds);
}

JNIEXPORT jlong JNICALL Java_coview_Native_receive(JNIEnv* env, jclass of, jint kind, jlong handle,
                                                   jlong nanoseconds) {
  (void)of;
  coview_message* received = NULL;
  checked(env, kind == COVIEW_KIND_QUEUE   ? coview_queue_receive(at(handle), nanoseconds, &received)
               : kind == subscription_kind ? coview_subscription_receive(at(handle), nanoseconds, &received)
                                           : coview_topic_latest(at(handle), &received));
  return address(received);
}

JNIEXPORT jbyteArray JNICALL Java_coview_Native_content(JNIEnv* env, jclass of, jlong message) {
  (void)of;
  return bytes_of(env, coview_message_data(at(message)), coview_message_size(at(message)));
}

JNIEXPORT jlong JNICALL Java_coview_Native_evict(JNIEnv* env, jclass of, jlong topic) {
  (void)of;
  uint64_t count = 0;
  checked(env, coview_topic_evict(at(topic), &count));
  return (jlong)count;
}

JNIEXPORT jint JNICALL Java_coview_Native_awaitSeveral(JNIEnv* env, jclass of, jintArray kinds, jlongArray handles,
                                                       jboolean all, jlong nanoseconds, jintArray index) {
  (void)of;
  jsize const count = (*env)->GetArrayLength(env, kinds);
  coview_waitable* const objects = calloc((size_t)count + 1, sizeof *objects);
  if (objects == NULL) {
    raise_error(env, 12, "cannot wait for several objects: no memory");
    return COVIEW_TIMED_OUT;
  }
  for (jsize i = 0; i < count; ++i) {
    jint kind = 0;
    jlong handle = 0;
    (*env)->GetIntArrayRegion(env, kinds, i, 1, &kind);
    (*env)->GetLongArrayRegion(env, handles, i, 1, &handle);
    switch (kind) {
      case COVIEW_KIND_MUTEX:
        objects[i].mutex = at(handle);
        break;
      case COVIEW_KIND_EVENT:
        objects[i].event = at(handle);
        break;
      case COVIEW_KIND_SEMAPHORE:
        objects[i].semaphore = at(handle);
        break;
      case COVIEW_KIND_QUEUE:
        objects[i].queue = at(handle);
        break;
      case timer_kind:
        objects[i].timer = at(handle);
        break;
      default:
        objects[i].subscription = at(handle);
        break;
    }
  }
  size_t found = 0;
  coview_status const status = checked(env, all ? coview_wait_all(objects, (size_t)count, nanoseconds)
                                                : coview_wait_any(objects, (size_t)count, nanoseconds, &found));
  free(objects);
  jint const place = (jint)found;
  if (status >= 0) (*env)->SetIntArrayRegion(env, index, 0, 1, &place);
  return status;
}

/* An array of texts. */
static jobjectArray texts_of(JNIEnv* env, char const* const* texts, size_t count) {
  jclass const type = (*env)->FindClass(env, "[B");
  jobjectArray const made = type == NULL ? NULL : (*env)->NewObjectArray(env, (jsize)count, type, NULL);
  for (size_t i = 0; made != NULL && i < count; ++i) {
    jbyteArray const text = text_of(env, texts[i]);
    if (text == NULL) return NULL;
    (*env)->SetObjectArrayElement(env, made, (jsize)i, text);
    if ((*env)->ExceptionCheck(env)) return NULL;
    (*env)->DeleteLocalRef(env, text);
  }
  return made;
}

static jobject object_of(JNIEnv* env, jclass type, coview_object const* from) {
  jmethodID const make = (*env)->GetStaticMethodID(env, type, "of", "([I[JZZZ[[B)Lcoview/ObjectInfo;");
  if (make == NULL) return NULL;
  jint const numbers[] = {from->kind, from->state, (jint)from->mode, (jint)from->owner, from->creator};
  jlong const sizes[] = {(jlong)from->size, (jlong)from->resident, (jlong)from->handles, from->created};
  char const* const texts[] = {from->name, from->file, from->target, from->problem};
  jintArray const number_array = (*env)->NewIntArray(env, 5);
  jlongArray const size_array = number_array == NULL ? NULL : (*env)->NewLongArray(env, 4);
  jobjectArray const text_array = size_array == NULL ? NULL : texts_of(env, texts, 4);
  if (text_array == NULL) return NULL;
  (*env)->SetIntArrayRegion(env, number_array, 0, 5, numbers);
  (*env)->SetLongArrayRegion(env, size_array, 0, 4, sizes);
  jobject const object =
      (*env)->CallStaticObjectMethod(env, type, make, number_array, size_array, (jboolean)(from->handles_known != 0),
                                     (jboolean)(from->global != 0), (jboolean)(from->permanent != 0), text_array);
  return (*env)->ExceptionCheck(env) ? NULL : object;
}

JNIEXPORT jobjectArray JNICALL Java_coview_Native_objects(JNIEnv* env, jclass of, jbyteArray name) {
  (void)of;
  coview_object_list* list = NULL;
  char* const text = text_from(env, name);
  if (name != NULL && text == NULL) return NULL;
  coview_status const status = checked(env, name == NULL ? coview_list(&list) : coview_stat(text, &list));
  text_done(env, name, text);
  if (status < 0) return NULL;
  size_t const count = coview_object_list_count(list);
  jclass const type = (*env)->FindClass(env, "coview/ObjectInfo");
  jobjectArray made = type == NULL ? NULL : (*env)->NewObjectArray(env, (jsize)count, type, NULL);
  for (size_t i = 0; made != NULL && i < count; ++i) {
    if ((*env)->PushLocalFrame(env, 16) < 0) break;
    jobject const one = (*env)->PopLocalFrame(env, object_of(env, type, coview_object_list_at(list, i)));
    if (one == NULL) break; /* an exception is pending */
    (*env)->SetObjectArrayElement(env, made, (jsize)i, one);
    if ((*env)->ExceptionCheck(env)) break;
    (*env)->DeleteLocalRef(env, one);
  }
  coview_object_list_free(list);
  return made;
}

JNIEXPORT jobject JNICALL Java_coview_Native_holders(JNIEnv* env, jclass of, jbyteArray name) {
  (void)of;
  coview_holder_list* list = NULL;
  char* const text = text_from(env, name);
  if (text == NULL) return NULL;
  coview_status const status = checked(env, coview_find_holders(text, &list));
  text_done(env, name, text);
  if (status < 0) return NULL;
  size_t const count = coview_holder_list_count(list);
  jobject made = NULL;
  char const** const commands = calloc(count + 1, sizeof *commands);
  jintArray const pids = commands == NULL ? NULL : (*env)->NewIntArray(env, (jsize)count);
  jintArray const users = pids == NULL ? NULL : (*env)->NewIntArray(env, (jsize)count);
  jclass const type = users == NULL ? NULL : (*env)->FindClass(env, "coview/Holders");
  jmethodID const make =
      type == NULL ? NULL : (*env)->GetStaticMethodID(env, type, "of", "([I[I[[BZZ)Lcoview/Holders;");
  if (make != NULL) {
    for (size_t i = 0; i < count; ++i) {
      coview_holder const* const each = coview_holder_list_at(list, i);
      jint const pid = each->pid;
      jint const user = (jint)each->user;
      (*env)->SetIntArrayRegion(env, pids, (jsize)i, 1, &pid);
      (*env)->SetIntArrayRegion(env, users, (jsize)i, 1, &user);
      commands[i] = each->command;
    }
    jobjectArray const texts = texts_of(env, commands, count);
    if (texts != NULL)
      made = (*env)->CallStaticObjectMethod(env, type, make, pids, users, texts,
                                            (jboolean)(coview_holder_list_held(list) != 0),
                                            (jboolean)(coview_holder_list_complete(list) != 0));
  } else if (commands == NULL) {
    raise_error(env, 12, "cannot look for holders: no memory");
  }
  free((void*)commands);
  coview_holder_list_free(list);
  return made;
}

JNIEXPORT jboolean JNICALL Java_coview_Native_remove(JNIEnv* env, jclass of, jbyteArray name, jboolean force) {
  (void)of;
  int later = 0;
  char* const text = text_from(env, name);
  if (text == NULL) return JNI_FALSE;
  checked(env, coview_remove(text, force, &later));
  text_done(env, name, text);
  return later != 0;
}

JNIEXPORT jlongArray JNICALL Java_coview_Native_reclaim(JNIEnv* env, jclass of) {
  (void)of;
  uint64_t objects = 0;
  uint64_t bytes = 0;
  if (checked(env, coview_reclaim(&objects, &bytes)) < 0) return NULL;
  jlong const given[] = {(jlong)objects, (jlong)bytes};
  jlongArray const made = (*env)->NewLongArray(env, 2);
  if (made != NULL) (*env)->SetLongArrayRegion(env, made, 0, 2, given);
  return made;
}
