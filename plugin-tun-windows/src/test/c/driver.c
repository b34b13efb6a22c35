/*
 * The 14 functions of the driver's library on two rings. The rings are scripted by a test or, on
 * Linux, filled and emptied by a real TUN device. Whatever a real driver would answer with a crash
 * is remembered as misuse. Every packet has memory of its own that is spoiled once given back.
 */
#include "standin.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void(CALLBACK *logger_callback)(int level, DWORD64 timestamp, LPCWSTR message);

struct packet {
  struct packet *next;
  DWORD size;
  int given; /* released by the reader, or sent by the writer */
  BYTE bytes[];
};

struct ring {
  struct packet *first, *last;
  size_t used;
};

struct session {
  uint32_t magic;
  struct adapter *adapter;
  DWORD capacity;
  HANDLE event;
  struct ring waiting; /* for the reader */
  struct ring taken;   /* with the reader, oldest first */
  struct ring rooms;   /* with writers, in the order of their allocation */
  struct ring sent;    /* for the test */
  int ending;
};

struct adapter {
  struct adapter *next;
  uint32_t magic;
  char name[64];
  uint64_t luid;
  int created, kernel, ghost, descriptor;
  struct session *session;
};

#define ADAPTER_MAGIC 0x41444150u
#define SESSION_MAGIC 0x53455353u
#define GHOST_LUID 0x0035000000990000u

static struct adapter *adapters;
static logger_callback logger;
static int faults[FAULT_COUNT] = {[FAULT_SEND_ROOM] = -1};
static int use_kernel, driver_loaded, driver_deleted;
static long long allocations, lost, next_luid;

/* ---- what differs between the systems ---- */

#ifdef _WIN32

static CRITICAL_SECTION section;
static char misuses[8192];

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved) {
  (void)instance;
  (void)reserved;
  if (reason == DLL_PROCESS_ATTACH) InitializeCriticalSection(&section);
  return TRUE;
}

static void standin_lock(void) { EnterCriticalSection(&section); }
static void standin_unlock(void) { LeaveCriticalSection(&section); }
static HANDLE standin_event_create(void) { return CreateEventW(NULL, FALSE, FALSE, NULL); }
static void standin_event_set_locked(HANDLE event) { SetEvent(event); }
static void standin_event_close(HANDLE event) { CloseHandle(event); }
static void standin_misuse(const char *what) {
  size_t used = strlen(misuses);
  snprintf(misuses + used, sizeof misuses - used, "%s\n", what);
}
static void standin_record(const char *format, ...) { (void)format; }
static void standin_record_hex(const char *word, const void *bytes, size_t count) {
  (void)word;
  (void)bytes;
  (void)count;
}
static void standin_interface_added(uint64_t luid, const char *name, int kernel) {
  (void)luid;
  (void)name;
  (void)kernel;
}
static void standin_interface_removed(uint64_t luid) { (void)luid; }
static void standin_leftover_address(uint64_t luid) { (void)luid; }
static void pause_millis(int millis) { Sleep((DWORD)millis); }
static int kernel_open(struct adapter *adapter) { (void)adapter; return -1; }
static void kernel_close(struct adapter *adapter) { (void)adapter; }
static void kernel_write(struct adapter *a, const struct packet *p) { (void)a; (void)p; }
static int kernel_start(struct session *session) { (void)session; return -1; }
static void kernel_stop(struct session *session) { (void)session; }

EXPORTED int standin_misuses(char *text, int room) { return snprintf(text, room, "%s", misuses); }

static void storm(int messages) {
  static const WCHAR text[] = L"a message of the driver";
  for (int i = 0; i < messages && logger != NULL; i++) logger(i % 3, 130000000000000000u, text);
}

#else

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void pause_millis(int millis) {
  struct timespec span = {millis / 1000, (long)(millis % 1000) * 1000000};
  nanosleep(&span, NULL);
}

static int kernel_open(struct adapter *adapter) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  snprintf(request.ifr_name, sizeof request.ifr_name, "%.15s", adapter->name);
  adapter->descriptor = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (adapter->descriptor < 0) return -1;
  if (ioctl(adapter->descriptor, TUNSETIFF, &request) != 0) {
    close(adapter->descriptor);
    return -1;
  }
  int plain = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  /* The other flags stay: without ARP there is no time lost on looking for equal addresses. */
  int result = ioctl(plain, SIOCGIFFLAGS, &request);
  request.ifr_flags |= IFF_UP | IFF_RUNNING;
  if (result == 0) result = ioctl(plain, SIOCSIFFLAGS, &request);
  close(plain);
  return result;
}

static void kernel_close(struct adapter *adapter) { close(adapter->descriptor); }

static void kernel_write(struct adapter *adapter, const struct packet *packet) {
  if (write(adapter->descriptor, packet->bytes, packet->size) < 0) {
    /* The real driver does not tell the sender either. */
    lost++;
  }
}

struct pump {
  pthread_t thread;
  struct session *session;
};

static void arrive(struct session *session, const void *bytes, DWORD size, int signal);
static size_t cost(DWORD size);

static void *pump(void *argument) {
  struct session *session = argument;
  BYTE buffer[65536];
  int descriptor = session->adapter->descriptor;
  for (;;) {
    standin_lock();
    int ending = session->ending;
    int room = session->waiting.used + cost(sizeof buffer) < session->capacity;
    standin_unlock();
    if (ending) return NULL;
    if (!room) {
      pause_millis(1);
      continue;
    }
    struct pollfd poller = {descriptor, POLLIN, 0};
    poll(&poller, 1, 20);
    long count = read(descriptor, buffer, sizeof buffer);
    if (count > 0) {
      standin_lock();
      arrive(session, buffer, (DWORD)count, 1);
      standin_unlock();
    }
  }
}

static pthread_t pumps[64];
static struct session *pumped[64];

static int kernel_start(struct session *session) {
  for (int i = 0; i < 64; i++) {
    if (pumped[i] == NULL) {
      pumped[i] = session;
      return pthread_create(&pumps[i], NULL, pump, session);
    }
  }
  return -1;
}

/* Called without the lock. */
static void kernel_stop(struct session *session) {
  for (int i = 0; i < 64; i++) {
    if (pumped[i] == session) {
      pthread_join(pumps[i], NULL);
      pumped[i] = NULL;
    }
  }
}

struct shouting {
  int messages;
};

static void *shout(void *argument) {
  static const WCHAR text[] = u"a message of the driver";
  const struct shouting *shouting = argument;
  for (int i = 0; i < shouting->messages; i++) {
    logger_callback to = logger;
    if (to != NULL) to(i % 3, 130000000000000000u, text);
  }
  return NULL;
}

static void storm(int messages) {
  pthread_t threads[4];
  struct shouting share = {messages / 4};
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, shout, &share);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
}

#endif

/* ---- rings ---- */

static size_t cost(DWORD size) { return (4 + (size_t)size + 3) & ~(size_t)3; }

static struct packet *append(struct ring *ring, const void *bytes, DWORD size) {
  struct packet *packet = malloc(sizeof *packet + size);
  packet->next = NULL;
  packet->size = size;
  packet->given = 0;
  if (bytes != NULL) memcpy(packet->bytes, bytes, size);
  else memset(packet->bytes, 0xcd, size);
  if (ring->last != NULL) ring->last->next = packet;
  else ring->first = packet;
  ring->last = packet;
  ring->used += cost(size);
  return packet;
}

static struct packet *shift(struct ring *ring) {
  struct packet *packet = ring->first;
  if (packet != NULL) {
    ring->first = packet->next;
    if (ring->first == NULL) ring->last = NULL;
    ring->used -= cost(packet->size);
  }
  return packet;
}

static void link_last(struct ring *ring, struct packet *packet) {
  packet->next = NULL;
  if (ring->last != NULL) ring->last->next = packet;
  else ring->first = packet;
  ring->last = packet;
  ring->used += cost(packet->size);
}

static void spoil(struct packet *packet) {
  memset(packet->bytes, 0xdd, packet->size);
  free(packet);
}

static int count_of(const struct ring *ring) {
  int count = 0;
  for (const struct packet *each = ring->first; each != NULL; each = each->next) {
    count += !each->given;
  }
  return count;
}

static void empty(struct ring *ring) {
  for (struct packet *each = shift(ring); each != NULL; each = shift(ring)) spoil(each);
}

static void arrive(struct session *session, const void *bytes, DWORD size, int signal) {
  /* What the reader has not released still takes room. */
  if (session->waiting.used + session->taken.used + cost(size) > session->capacity) {
    lost++;
    return;
  }
  append(&session->waiting, bytes, size);
  standin_record_hex(signal ? "inject" : "injectsilent", bytes, size);
  if (faults[FAULT_FORGET_SIGNAL] > 0) faults[FAULT_FORGET_SIGNAL]--;
  else if (signal) standin_event_set_locked(session->event);
}

static int is_session(struct session *session) {
  if (session == NULL || session->magic != SESSION_MAGIC) {
    standin_misuse("a session that has ended was used");
    return 0;
  }
  return 1;
}

static struct adapter *named(const char *name) {
  for (struct adapter *each = adapters; each != NULL; each = each->next) {
    if (each->magic == ADAPTER_MAGIC && strcmp(each->name, name) == 0) return each;
  }
  return NULL;
}

static void narrow(char *to, size_t room, LPCWSTR from) {
  size_t i = 0;
  for (; i + 1 < room && from[i] != 0; i++) to[i] = from[i] < 128 ? (char)from[i] : '?';
  to[i] = 0;
}

/* ---- the 14 functions ---- */

static struct adapter *made(const char *name, int created) {
  struct adapter *adapter = calloc(1, sizeof *adapter);
  adapter->magic = ADAPTER_MAGIC;
  snprintf(adapter->name, sizeof adapter->name, "%s", name);
  adapter->created = created;
  adapter->kernel = use_kernel;
  adapter->descriptor = -1;
  adapter->luid = 0x0035000000000000u + ((uint64_t)++next_luid << 24);
  return adapter;
}

EXPORTED HANDLE WINAPI WintunCreateAdapter(LPCWSTR name, LPCWSTR type, const GUID *guid) {
  char text[64], kind[64];
  narrow(text, sizeof text, name);
  narrow(kind, sizeof kind, type);
  standin_lock();
  int millis = faults[FAULT_CREATE_MILLIS];
  standin_unlock();
  if (millis > 0) pause_millis(millis);
  standin_lock();
  standin_record("create %s %s", text, kind);
  standin_record_hex("guid", guid, guid == NULL ? 0 : 16);
  int error = faults[FAULT_CREATE_ERROR];
  if (error == 0 && (faults[FAULT_LEFTOVER] || named(text) != NULL)) error = ERROR_ALREADY_EXISTS;
  struct adapter *adapter = NULL;
  if (error == 0) {
    adapter = made(text, 1);
    if (adapter->kernel && kernel_open(adapter) != 0) {
      free(adapter);
      adapter = NULL;
      error = ERROR_ACCESS_DENIED;
    } else {
      adapter->next = adapters;
      adapters = adapter;
      driver_loaded = 1;
      standin_interface_added(adapter->luid, text, adapter->kernel);
    }
  }
  standin_record("created %d", error);
  standin_unlock();
  if (error != 0) SetLastError(error);
  return adapter;
}

EXPORTED HANDLE WINAPI WintunOpenAdapter(LPCWSTR name) {
  char text[64];
  narrow(text, sizeof text, name);
  standin_lock();
  standin_record("open %s", text);
  struct adapter *adapter = NULL;
  if (faults[FAULT_LEFTOVER]) {
    adapter = made(text, 0);
    adapter->ghost = 1;
    adapter->luid = GHOST_LUID;
    adapter->next = adapters;
    adapters = adapter;
    driver_loaded = 1;
    if (faults[FAULT_LEFTOVER] == 1) {
      faults[FAULT_LEFTOVER] = 2;
      standin_interface_added(adapter->luid, text, adapter->kernel);
      standin_leftover_address(adapter->luid);
    }
  }
  standin_unlock();
  if (adapter == NULL) SetLastError(ERROR_FILE_NOT_FOUND);
  return adapter;
}

EXPORTED void WINAPI WintunCloseAdapter(HANDLE handle) {
  struct adapter *adapter = handle;
  standin_lock();
  standin_record("close");
  if (adapter == NULL || adapter->magic != ADAPTER_MAGIC) {
    standin_misuse("an adapter that is closed was closed");
    standin_unlock();
    return;
  }
  if (adapter->session != NULL) standin_misuse("the adapter was closed before its session");
  for (struct adapter **at = &adapters; *at != NULL; at = &(*at)->next) {
    if (*at == adapter) {
      *at = adapter->next;
      break;
    }
  }
  if (adapter->created) standin_interface_removed(adapter->luid);
  if (adapter->descriptor >= 0) kernel_close(adapter);
  adapter->magic = 0;
  standin_unlock();
  free(adapter);
}

EXPORTED BOOL WINAPI WintunDeleteDriver(void) {
  standin_lock();
  standin_record("deletedriver");
  int free_to_go = adapters == NULL;
  if (free_to_go) {
    driver_loaded = 0;
    driver_deleted++;
  }
  standin_unlock();
  if (!free_to_go) SetLastError(ERROR_ACCESS_DENIED);
  return free_to_go;
}

EXPORTED void WINAPI WintunGetAdapterLUID(HANDLE handle, NET_LUID *luid) {
  struct adapter *adapter = handle;
  standin_lock();
  luid->Value = adapter->luid;
  standin_record("luid %llu", (unsigned long long)adapter->luid);
  standin_unlock();
}

EXPORTED DWORD WINAPI WintunGetRunningDriverVersion(void) {
  standin_lock();
  standin_record("version");
  int loaded = driver_loaded;
  standin_unlock();
  if (!loaded) SetLastError(ERROR_FILE_NOT_FOUND);
  return loaded ? 14 : 0;
}

EXPORTED void WINAPI WintunSetLogger(logger_callback to) {
  standin_lock();
  standin_record("logger %s", to == NULL ? "off" : "on");
  logger = to;
  standin_unlock();
  if (to != NULL) storm(1);
}

EXPORTED HANDLE WINAPI WintunStartSession(HANDLE handle, DWORD capacity) {
  struct adapter *adapter = handle;
  standin_lock();
  standin_record("start %u", (unsigned)capacity);
  int error = faults[FAULT_START_ERROR];
  faults[FAULT_START_ERROR] = 0;
  if (adapter->magic != ADAPTER_MAGIC) {
    standin_misuse("a session was started on an adapter that is closed");
    error = ERROR_INVALID_HANDLE;
  }
  if (capacity < 0x20000 || capacity > 0x4000000 || (capacity & (capacity - 1)) != 0) {
    error = ERROR_INVALID_PARAMETER;
  }
  if (error == 0 && adapter->session != NULL) error = ERROR_ALREADY_INITIALIZED;
  struct session *session = NULL;
  if (error == 0) {
    session = calloc(1, sizeof *session);
    session->magic = SESSION_MAGIC;
    session->adapter = adapter;
    session->capacity = capacity;
    session->event = standin_event_create();
    adapter->session = session;
    if (adapter->kernel && !adapter->ghost) kernel_start(session);
  }
  standin_record("started %d", error);
  standin_unlock();
  if (error != 0) SetLastError(error);
  return session;
}

EXPORTED void WINAPI WintunEndSession(HANDLE handle) {
  struct session *session = handle;
  standin_lock();
  standin_record("end");
  if (!is_session(session)) {
    standin_unlock();
    return;
  }
  if (count_of(&session->taken) + count_of(&session->rooms) > 0) {
    standin_misuse("a session ended with packets in use");
  }
  session->ending = 1;
  standin_unlock();
  kernel_stop(session);
  standin_lock();
  session->adapter->session = NULL;
  session->magic = 0;
  standin_event_close(session->event);
  empty(&session->waiting);
  empty(&session->taken);
  empty(&session->rooms);
  empty(&session->sent);
  standin_unlock();
  free(session);
}

EXPORTED HANDLE WINAPI WintunGetReadWaitEvent(HANDLE handle) {
  struct session *session = handle;
  standin_lock();
  standin_record("event");
  HANDLE event = is_session(session) ? session->event : NULL;
  standin_unlock();
  return event;
}

EXPORTED BYTE *WINAPI WintunReceivePacket(HANDLE handle, DWORD *size) {
  struct session *session = handle;
  BYTE *bytes = NULL;
  int error = 0;
  standin_lock();
  if (is_session(session)) {
    error = faults[FAULT_RECEIVE_ERROR];
    faults[FAULT_RECEIVE_ERROR] = 0;
    struct packet *packet = error == 0 ? shift(&session->waiting) : NULL;
    if (packet != NULL) {
      link_last(&session->taken, packet);
      *size = packet->size;
      bytes = packet->bytes;
      standin_record_hex("received", bytes, packet->size);
    } else {
      if (error == 0) error = ERROR_NO_MORE_ITEMS;
      standin_record("nothing %d", error);
    }
  } else {
    error = ERROR_HANDLE_EOF;
  }
  standin_unlock();
  if (bytes == NULL) SetLastError(error);
  return bytes;
}

static struct packet *holder(struct ring *ring, const BYTE *bytes, int *index) {
  *index = 0;
  for (struct packet *each = ring->first; each != NULL; each = each->next, (*index)++) {
    if (each->bytes == bytes && !each->given) return each;
  }
  return NULL;
}

EXPORTED void WINAPI WintunReleaseReceivePacket(HANDLE handle, const BYTE *bytes) {
  struct session *session = handle;
  int index;
  standin_lock();
  if (is_session(session)) {
    struct packet *packet = holder(&session->taken, bytes, &index);
    if (packet == NULL) {
      standin_misuse("a packet was released that was not taken");
    } else {
      standin_record("release %d", index);
      packet->given = 1;
      while (session->taken.first != NULL && session->taken.first->given) {
        spoil(shift(&session->taken));
      }
    }
  }
  standin_unlock();
}

EXPORTED BYTE *WINAPI WintunAllocateSendPacket(HANDLE handle, DWORD size) {
  struct session *session = handle;
  BYTE *bytes = NULL;
  int error = 0;
  standin_lock();
  allocations++;
  if (!is_session(session)) {
    error = ERROR_HANDLE_EOF;
  } else if (size > 0xffff) {
    error = ERROR_INVALID_PARAMETER;
  } else if (faults[FAULT_SEND_ROOM] == 0
             || session->rooms.used + session->sent.used + cost(size) > session->capacity) {
    error = ERROR_BUFFER_OVERFLOW;
  } else {
    if (faults[FAULT_SEND_ROOM] > 0) faults[FAULT_SEND_ROOM]--;
    bytes = append(&session->rooms, NULL, size)->bytes;
  }
  standin_record("alloc %u %d", (unsigned)size, error);
  standin_unlock();
  if (bytes == NULL) SetLastError(error);
  return bytes;
}

#ifndef STANDIN_WITHOUT_SEND
EXPORTED void WINAPI WintunSendPacket(HANDLE handle, const BYTE *bytes) {
  struct session *session = handle;
  int index;
  standin_lock();
  if (is_session(session)) {
    struct packet *packet = holder(&session->rooms, bytes, &index);
    if (packet == NULL) {
      standin_misuse("a packet was sent that had no room");
    } else {
      char word[32];
      snprintf(word, sizeof word, "send %d", index);
      standin_record_hex(word, bytes, packet->size);
      packet->given = 1;
      /* The order of the allocations is that of the packets. */
      while (session->rooms.first != NULL && session->rooms.first->given) {
        struct packet *next = shift(&session->rooms);
        if (session->adapter->kernel && !session->adapter->ghost) {
          kernel_write(session->adapter, next);
          spoil(next);
        } else {
          link_last(&session->sent, next);
        }
      }
    }
  }
  standin_unlock();
}

#endif

/* ---- what tests script and ask ---- */

/* No faults, scripted rings. */
EXPORTED void standin_reset(void) {
  standin_lock();
  memset(faults, 0, sizeof faults);
  faults[FAULT_SEND_ROOM] = -1;
  use_kernel = 0;
  allocations = lost = driver_deleted = 0;
  standin_interface_removed(GHOST_LUID);
  standin_unlock();
}

/* Adapters made from now on are real TUN devices, or scripted rings. */
EXPORTED void standin_backing(int kernel) {
  standin_lock();
  use_kernel = kernel;
  standin_unlock();
}

EXPORTED void standin_fault(int fault, int value) {
  standin_lock();
  faults[fault] = value;
  if (fault == FAULT_RECEIVE_ERROR) {
    for (struct adapter *each = adapters; each != NULL; each = each->next) {
      if (each->session != NULL) standin_event_set_locked(each->session->event);
    }
    standin_record("fault %d %d", fault, value);
  }
  standin_unlock();
  if (fault == FAULT_CALLBACKS) storm(value);
}

EXPORTED long long standin_fact(int fact) {
  long long value = 0;
  standin_lock();
  for (struct adapter *each = adapters; each != NULL; each = each->next) {
    struct session *session = each->session;
    if (fact == FACT_ADAPTERS) value++;
    if (session == NULL) continue;
    if (fact == FACT_SESSIONS) value++;
    if (fact == FACT_TAKEN) value += count_of(&session->taken);
    if (fact == FACT_ROOMS) value += count_of(&session->rooms);
    if (fact == FACT_RECEIVE_QUEUE) value += count_of(&session->waiting);
  }
  if (fact == FACT_ALLOCATIONS) value = allocations;
  if (fact == FACT_LOST) value = lost;
  if (fact == FACT_DRIVER_DELETED) value = driver_deleted;
  standin_unlock();
  return value;
}

/* A packet arrives at an adapter; 0 if there is no such session. */
EXPORTED int standin_inject(const char *name, const void *bytes, int size, int signal) {
  standin_lock();
  struct adapter *adapter = named(name);
  int there = adapter != NULL && adapter->session != NULL;
  if (there) arrive(adapter->session, bytes, (DWORD)size, signal);
  standin_unlock();
  return there;
}

/* Takes the oldest packet that was sent; its length, or -1 if there is none. */
EXPORTED int standin_take_sent(const char *name, void *bytes, int room) {
  int length = -1;
  standin_lock();
  struct adapter *adapter = named(name);
  if (adapter != NULL && adapter->session != NULL) {
    struct packet *packet = shift(&adapter->session->sent);
    if (packet != NULL) {
      length = (int)packet->size;
      memcpy(bytes, packet->bytes, (size_t)(length < room ? length : room));
      spoil(packet);
    }
  }
  standin_unlock();
  return length;
}

#ifndef _WIN32
/* Moves the calling thread to a network namespace of its own; 0 for success. */
#define CLONE_NEWNET 0x40000000
extern int unshare(int flags);
EXPORTED int standin_unshare(void) { return unshare(CLONE_NEWNET); }
#endif
