/*
 * The functions of kernel32 and iphlpapi that the plugin uses, for Linux: events, and rows of
 * addresses, interfaces and routes kept in tables. An interface that is a real TUN device gets its
 * addresses, MTU and routes in the kernel, too.
 */
#include "standin.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ADDRESS_ROW 80
#define INTERFACE_ROW 168
#define ROUTE_ROW 104
#define MOST 64
#define AF_INET_WINDOWS 2
#define AF_INET6_WINDOWS 23

static pthread_mutex_t mutex;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void initialise(void) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&mutex, &attributes);
}

void standin_lock(void) {
  pthread_once(&once, initialise);
  pthread_mutex_lock(&mutex);
}

void standin_unlock(void) { pthread_mutex_unlock(&mutex); }

/* ---- what tests see ---- */

static long long longest_wait, waits, events, tables;
static int no_ipv6, network_error;
static char misuses[8192];
static FILE *record;

void standin_misuse(const char *what) {
  standin_lock();
  size_t used = strlen(misuses);
  snprintf(misuses + used, sizeof misuses - used, "%s\n", what);
  standin_unlock();
}

void standin_record(const char *format, ...) {
  standin_lock();
  if (record != NULL) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(record, format, arguments);
    va_end(arguments);
    fputc('\n', record);
    fflush(record);
  }
  standin_unlock();
}

void standin_record_hex(const char *word, const void *bytes, size_t count) {
  standin_lock();
  if (record != NULL) {
    fputs(word, record);
    fputc(' ', record);
    for (size_t i = 0; i < count; i++) fprintf(record, "%02x", ((const BYTE *)bytes)[i]);
    fputc('\n', record);
    fflush(record);
  }
  standin_unlock();
}

/* Begins to write every call to a file; NULL ends it. */
EXPORTED void standin_record_to(const char *path) {
  standin_lock();
  if (record != NULL) fclose(record);
  record = path == NULL ? NULL : fopen(path, "w");
  standin_unlock();
}

EXPORTED void standin_system_reset(void) {
  standin_lock();
  misuses[0] = 0;
  waits = longest_wait = 0;
  no_ipv6 = network_error = 0;
  standin_unlock();
}

EXPORTED int standin_misuses(char *text, int room) {
  standin_lock();
  int length = snprintf(text, (size_t)room, "%s", misuses);
  standin_unlock();
  return length;
}

EXPORTED void standin_system_fault(int fault, int value) {
  standin_lock();
  if (fault == FAULT_NO_IPV6) no_ipv6 = value;
  if (fault == FAULT_NETWORK_ERROR) network_error = value;
  standin_unlock();
}

EXPORTED long long standin_system_fact(int fact) {
  standin_lock();
  long long value = fact == FACT_WAITS          ? waits
                    : fact == FACT_LONGEST_WAIT ? longest_wait
                    : fact == FACT_EVENTS       ? events
                    : fact == FACT_TABLES       ? tables
                                                : -1;
  standin_unlock();
  return value;
}

/* ---- events: auto-reset, as the driver's are ---- */

struct event {
  uint32_t magic;
  int set;
  pthread_cond_t changed;
};

#define EVENT_MAGIC 0x45564e54u

HANDLE standin_event_create(void) {
  struct event *event = calloc(1, sizeof *event);
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&event->changed, &attributes);
  event->magic = EVENT_MAGIC;
  standin_lock();
  events++;
  standin_unlock();
  return event;
}

void standin_event_set_locked(HANDLE handle) {
  struct event *event = handle;
  event->set = 1;
  pthread_cond_signal(&event->changed);
}

void standin_event_close(HANDLE handle) {
  struct event *event = handle;
  standin_lock();
  event->magic = 0;
  events--;
  standin_unlock();
  pthread_cond_destroy(&event->changed);
  free(event);
}

EXPORTED BOOL WINAPI SetEvent(HANDLE handle) {
  struct event *event = handle;
  standin_lock();
  int valid = event != NULL && event->magic == EVENT_MAGIC;
  if (valid) {
    standin_record("setevent");
    standin_event_set_locked(event);
  } else {
    standin_misuse("an event that is gone was set");
    SetLastError(ERROR_INVALID_HANDLE);
  }
  standin_unlock();
  return valid;
}

EXPORTED DWORD WINAPI WaitForSingleObject(HANDLE handle, DWORD milliseconds) {
  struct event *event = handle;
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += milliseconds / 1000;
  until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
  if (until.tv_nsec >= 1000000000) {
    until.tv_sec++;
    until.tv_nsec -= 1000000000;
  }
  standin_lock();
  if (event == NULL || event->magic != EVENT_MAGIC) {
    standin_misuse("an event that is gone was waited for");
    standin_unlock();
    SetLastError(ERROR_INVALID_HANDLE);
    return WAIT_FAILED;
  }
  waits++;
  if (milliseconds > longest_wait) longest_wait = milliseconds;
  int timed_out = 0;
  while (!event->set && !timed_out) {
    timed_out = pthread_cond_timedwait(&event->changed, &mutex, &until) == ETIMEDOUT;
  }
  DWORD result = event->set ? WAIT_OBJECT_0 : WAIT_TIMEOUT;
  event->set = 0;
  standin_record("wait %u %u", milliseconds, result);
  standin_unlock();
  return result;
}

EXPORTED void WINAPI RtlMoveMemory(void *to, const void *from, size_t bytes) {
  memmove(to, from, bytes);
}

/* ---- rows ---- */

struct interface {
  uint64_t luid;
  int kernel;
  char name[IFNAMSIZ];
  uint32_t mtu[2];
  uint32_t metric[2];
  BYTE automatic[2];
};

static struct interface interfaces[MOST];
static BYTE addresses[MOST][ADDRESS_ROW];
static BYTE routes[MOST][ROUTE_ROW];
static int address_count, route_count;

static uint16_t u16(const BYTE *at) { uint16_t v; memcpy(&v, at, 2); return v; }
static uint32_t u32(const BYTE *at) { uint32_t v; memcpy(&v, at, 4); return v; }
static uint64_t u64(const BYTE *at) { uint64_t v; memcpy(&v, at, 8); return v; }
static void put32(BYTE *at, uint32_t v) { memcpy(at, &v, 4); }

static struct interface *find(uint64_t luid) {
  for (int i = 0; i < MOST; i++) {
    if (interfaces[i].luid == luid && luid != 0) return &interfaces[i];
  }
  return NULL;
}

void standin_interface_added(uint64_t luid, const char *name, int kernel) {
  standin_lock();
  for (int i = 0; i < MOST; i++) {
    if (interfaces[i].luid == 0) {
      struct interface *added = &interfaces[i];
      memset(added, 0, sizeof *added);
      added->luid = luid;
      added->kernel = kernel;
      snprintf(added->name, sizeof added->name, "%s", name);
      added->mtu[0] = added->mtu[1] = 65535;
      added->metric[0] = added->metric[1] = 25;
      added->automatic[0] = added->automatic[1] = 1;
      break;
    }
  }
  standin_unlock();
}

void standin_interface_removed(uint64_t luid) {
  standin_lock();
  struct interface *gone = find(luid);
  if (gone != NULL) memset(gone, 0, sizeof *gone);
  for (int i = address_count - 1; i >= 0; i--) {
    if (u64(addresses[i] + 32) == luid) {
      memmove(addresses[i], addresses[--address_count], ADDRESS_ROW);
    }
  }
  for (int i = route_count - 1; i >= 0; i--) {
    if (u64(routes[i]) == luid) memmove(routes[i], routes[--route_count], ROUTE_ROW);
  }
  standin_unlock();
}

/* An address a crashed process has left. */
void standin_leftover_address(uint64_t luid) {
  standin_lock();
  BYTE *row = addresses[address_count++];
  memset(row, 0, ADDRESS_ROW);
  row[0] = AF_INET_WINDOWS;
  memcpy(row + 4, "\x0a\x63\x00\x01", 4);
  memcpy(row + 32, &luid, 8);
  row[60] = 24;
  BYTE *route = routes[route_count++];
  memset(route, 0, ROUTE_ROW);
  memcpy(route, &luid, 8);
  route[12] = AF_INET_WINDOWS;
  memcpy(route + 16, "\x0a\x62\x00\x00", 4);
  route[40] = 16;
  put32(route + 88, 3);
  standin_unlock();
}

static int family_of(const BYTE *row) { return u16(row) == AF_INET6_WINDOWS; }

static int is_known(const BYTE *socket_address) {
  uint16_t family = u16(socket_address);
  return family == AF_INET_WINDOWS || family == AF_INET6_WINDOWS;
}

static int control(int family, unsigned long request, void *argument) {
  int descriptor = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int result = descriptor < 0 ? -1 : ioctl(descriptor, request, argument);
  int error = errno;
  if (descriptor >= 0) close(descriptor);
  errno = error;
  return result;
}

static DWORD kernel_address(const struct interface *of, const BYTE *row, int add) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  memcpy(request.ifr_name, of->name, IFNAMSIZ);
  if (!family_of(row)) {
    struct sockaddr_in *address = (struct sockaddr_in *)&request.ifr_addr;
    address->sin_family = AF_INET;
    if (add) memcpy(&address->sin_addr, row + 4, 4);
    if (control(AF_INET, SIOCSIFADDR, &request) != 0) return ERROR_INVALID_PARAMETER;
    if (!add) return 0;
    uint32_t mask = row[60] == 0 ? 0 : htonl(~0u << (32 - row[60]));
    memcpy(&address->sin_addr, &mask, 4);
    return control(AF_INET, SIOCSIFNETMASK, &request) == 0 ? 0 : ERROR_INVALID_PARAMETER;
  }
  /* Windows has the address at once, as the row asks for; so must the kernel. */
  char text[INET6_ADDRSTRLEN], command[160];
  inet_ntop(AF_INET6, row + 8, text, sizeof text);
  snprintf(command, sizeof command, "ip -6 address %s %s/%u dev %s%s", add ? "replace" : "delete",
           text, row[60], of->name, add ? " nodad" : "");
  return system(command) == 0 ? 0 : ERROR_INVALID_PARAMETER;
}

EXPORTED void WINAPI InitializeUnicastIpAddressEntry(void *pointer) {
  BYTE *row = pointer;
  memset(row, 0, ADDRESS_ROW);
  put32(row + 52, 0xffffffffu);
  put32(row + 56, 0xffffffffu);
  row[60] = 255;
  standin_record("initaddress");
}

static int address_at(const BYTE *row) {
  for (int i = 0; i < address_count; i++) {
    if (u64(addresses[i] + 32) == u64(row + 32) && memcmp(addresses[i], row, 28) == 0) return i;
  }
  return -1;
}

EXPORTED DWORD WINAPI CreateUnicastIpAddressEntry(const void *pointer) {
  const BYTE *row = pointer;
  standin_lock();
  standin_record_hex("createaddress", row, ADDRESS_ROW);
  const struct interface *of = find(u64(row + 32));
  DWORD result = of == NULL                           ? ERROR_NOT_FOUND
                 : !is_known(row)                     ? ERROR_INVALID_PARAMETER
                 : no_ipv6 && family_of(row)          ? ERROR_NOT_FOUND
                 : address_at(row) >= 0               ? ERROR_OBJECT_ALREADY_EXISTS
                 : address_count == MOST              ? ERROR_INVALID_PARAMETER
                 : row[60] > (family_of(row) ? 128 : 32) ? ERROR_INVALID_PARAMETER
                 : of->kernel                         ? kernel_address(of, row, 1)
                                                      : 0;
  if (result == 0) memcpy(addresses[address_count++], row, ADDRESS_ROW);
  standin_unlock();
  return result;
}

EXPORTED DWORD WINAPI DeleteUnicastIpAddressEntry(const void *pointer) {
  const BYTE *row = pointer;
  standin_lock();
  standin_record_hex("deleteaddress", row, ADDRESS_ROW);
  int at = address_at(row);
  if (at >= 0) {
    const struct interface *of = find(u64(row + 32));
    if (of != NULL && of->kernel) kernel_address(of, row, 0);
    memmove(addresses[at], addresses[--address_count], ADDRESS_ROW);
  }
  standin_unlock();
  return at >= 0 ? 0 : ERROR_NOT_FOUND;
}

static DWORD table_of(const BYTE *rows, int count, int size, int family_offset, uint16_t family,
                      void **out) {
  BYTE *made = calloc(1, 8 + (size_t)(count * size));
  uint32_t kept = 0;
  for (int i = 0; i < count; i++) {
    const BYTE *row = rows + (size_t)i * (size_t)size;
    if (family == 0 || u16(row + family_offset) == family) {
      memcpy(made + 8 + kept++ * (size_t)size, row, (size_t)size);
    }
  }
  put32(made, kept);
  tables++;
  *out = made;
  return 0;
}

EXPORTED DWORD WINAPI GetUnicastIpAddressTable(uint16_t family, void **out) {
  standin_lock();
  standin_record("addresstable %u", family);
  DWORD result = table_of(addresses[0], address_count, ADDRESS_ROW, 0, family, out);
  standin_unlock();
  return result;
}

EXPORTED DWORD WINAPI GetIpForwardTable2(uint16_t family, void **out) {
  standin_lock();
  standin_record("routetable %u", family);
  DWORD result = table_of(routes[0], route_count, ROUTE_ROW, 12, family, out);
  standin_unlock();
  return result;
}

EXPORTED void WINAPI FreeMibTable(void *pointer) {
  standin_lock();
  standin_record("freetable");
  tables--;
  standin_unlock();
  free(pointer);
}

EXPORTED DWORD WINAPI GetIpInterfaceEntry(void *pointer) {
  BYTE *row = pointer;
  standin_lock();
  standin_record("getinterface %u", u16(row));
  const struct interface *of = find(u64(row + 8));
  int v6 = family_of(row);
  DWORD result = of == NULL || (v6 && no_ipv6) ? ERROR_NOT_FOUND
                 : !is_known(row)              ? ERROR_INVALID_PARAMETER
                                               : 0;
  if (result == 0) {
    memset(row + 16, 0, INTERFACE_ROW - 16);
    row[44] = of->automatic[v6];
    put32(row + 56, 3);
    /* Windows gives a length here that it does not take back. */
    put32(row + 144, 64);
    put32(row + 148, of->metric[v6]);
    put32(row + 152, of->mtu[v6]);
    row[156] = 1;
  }
  standin_unlock();
  return result;
}

EXPORTED DWORD WINAPI SetIpInterfaceEntry(void *pointer) {
  BYTE *row = pointer;
  standin_lock();
  standin_record_hex("setinterface", row, INTERFACE_ROW);
  struct interface *of = find(u64(row + 8));
  int v6 = family_of(row);
  DWORD result = network_error;
  if (result == 0) {
    result = of == NULL ? ERROR_NOT_FOUND : u32(row + 144) != 0 ? ERROR_INVALID_PARAMETER : 0;
  }
  if (result == 0) {
    of->automatic[v6] = row[44];
    of->metric[v6] = u32(row + 148);
    of->mtu[v6] = u32(row + 152);
    if (of->kernel) {
      struct ifreq request;
      memset(&request, 0, sizeof request);
      memcpy(request.ifr_name, of->name, IFNAMSIZ);
      request.ifr_mtu = (int)of->mtu[v6];
      if (control(AF_INET, SIOCSIFMTU, &request) != 0) result = ERROR_INVALID_PARAMETER;
    }
  }
  standin_unlock();
  return result;
}

EXPORTED void WINAPI InitializeIpForwardEntry(void *pointer) {
  BYTE *row = pointer;
  memset(row, 0, ROUTE_ROW);
  put32(row + 76, 0xffffffffu);
  put32(row + 80, 0xffffffffu);
  put32(row + 84, 0xffffffffu);
  put32(row + 88, 3);
  row[92] = row[93] = row[94] = row[95] = 0;
  row[93] = 1;
  row[94] = 1;
  row[95] = 1;
  standin_record("initroute");
}

static int route_at(const BYTE *row) {
  for (int i = 0; i < route_count; i++) {
    if (u64(routes[i]) == u64(row) && memcmp(routes[i] + 12, row + 12, 29) == 0) return i;
  }
  return -1;
}

EXPORTED DWORD WINAPI CreateIpForwardEntry2(const void *pointer) {
  const BYTE *row = pointer;
  standin_lock();
  standin_record_hex("createroute", row, ROUTE_ROW);
  const struct interface *of = find(u64(row));
  DWORD result = of == NULL                               ? ERROR_NOT_FOUND
                 : !is_known(row + 12)                    ? ERROR_INVALID_PARAMETER
                 : u16(row + 12) != u16(row + 44)         ? ERROR_INVALID_PARAMETER
                 : no_ipv6 && family_of(row + 12)         ? ERROR_NOT_FOUND
                 : route_at(row) >= 0                     ? ERROR_OBJECT_ALREADY_EXISTS
                 : route_count == MOST                    ? ERROR_INVALID_PARAMETER
                                                          : 0;
  if (result == 0 && of->kernel) {
    char text[INET6_ADDRSTRLEN], command[160];
    int v6 = family_of(row + 12);
    inet_ntop(v6 ? AF_INET6 : AF_INET, row + (v6 ? 20 : 16), text, sizeof text);
    snprintf(command, sizeof command, "ip route replace %s/%u dev %s", text, row[40], of->name);
    if (system(command) != 0) result = ERROR_INVALID_PARAMETER;
  }
  if (result == 0) memcpy(routes[route_count++], row, ROUTE_ROW);
  standin_unlock();
  return result;
}

EXPORTED DWORD WINAPI DeleteIpForwardEntry2(const void *pointer) {
  const BYTE *row = pointer;
  standin_lock();
  standin_record_hex("deleteroute", row, ROUTE_ROW);
  int at = route_at(row);
  if (at >= 0) memmove(routes[at], routes[--route_count], ROUTE_ROW);
  standin_unlock();
  return at >= 0 ? 0 : ERROR_NOT_FOUND;
}

/* The rows of one interface, a line each, for tests. */
EXPORTED int standin_rows(const char *name, char *text, int room) {
  int used = 0;
  text[0] = 0;
  standin_lock();
  for (int i = 0; i < MOST; i++) {
    const struct interface *of = &interfaces[i];
    if (of->luid == 0 || strcmp(of->name, name) != 0) continue;
    for (int j = 0; j < address_count; j++) {
      if (u64(addresses[j] + 32) != of->luid) continue;
      char address[INET6_ADDRSTRLEN];
      int v6 = family_of(addresses[j]);
      inet_ntop(v6 ? AF_INET6 : AF_INET, addresses[j] + (v6 ? 8 : 4), address, sizeof address);
      used += snprintf(text + used, (size_t)(room - used), "address %s/%u\n", address,
                       addresses[j][60]);
    }
    for (int v6 = 0; v6 < 2; v6++) {
      used += snprintf(text + used, (size_t)(room - used), "ipv%d mtu %u metric %u%s\n",
                       v6 ? 6 : 4, of->mtu[v6], of->metric[v6],
                       of->automatic[v6] ? " automatic" : "");
    }
    for (int j = 0; j < route_count; j++) {
      if (u64(routes[j]) != of->luid) continue;
      char address[INET6_ADDRSTRLEN];
      int v6 = family_of(routes[j] + 12);
      inet_ntop(v6 ? AF_INET6 : AF_INET, routes[j] + 12 + (v6 ? 8 : 4), address, sizeof address);
      used += snprintf(text + used, (size_t)(room - used), "route %s/%u metric %u\n", address,
                       routes[j][40], u32(routes[j] + 84));
    }
  }
  standin_unlock();
  return used;
}
