/* Two ICE agents of libnice that may only use the relay: nice relay port transport user password user password [seconds]
   transport: 0 UDP, 1 TCP, 2 what libnice calls TLS. Exits 1 where an agent gets no relayed address.
   Seconds: then the agents stay silent for that long and exchange as many messages again.
   Prints the relayed addresses and how many messages each got. The few declarations needed are made here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef void *Any;
extern Any g_main_loop_new(Any context, int running);
extern void g_main_loop_run(Any loop);
extern void g_main_loop_quit(Any loop);
extern Any g_main_loop_get_context(Any loop);
extern unsigned g_timeout_add(unsigned millis, int (*call)(Any), Any data);
extern void g_object_set(Any object, const char *first, ...);
extern unsigned long g_signal_connect_data(Any, const char *, void (*)(void), Any, Any, int);
extern Any nice_agent_new(Any context, int compatibility);
extern unsigned nice_agent_add_stream(Any agent, unsigned components);
extern int nice_agent_set_relay_info(Any, unsigned, unsigned, const char *, unsigned, const char *, const char *, int);
extern int nice_agent_attach_recv(Any, unsigned, unsigned, Any, void (*)(Any, unsigned, unsigned, unsigned, char *, Any), Any);
extern int nice_agent_gather_candidates(Any, unsigned);
extern int nice_agent_get_local_credentials(Any, unsigned, char **, char **);
extern int nice_agent_set_remote_credentials(Any, unsigned, const char *, const char *);
extern Any nice_agent_get_local_candidates(Any, unsigned, unsigned);
extern int nice_agent_set_remote_candidates(Any, unsigned, unsigned, Any);
extern unsigned g_slist_length(Any list);
extern char *nice_agent_generate_local_sdp(Any agent);
extern int nice_agent_send(Any, unsigned, unsigned, unsigned, const char *);

#define MESSAGES 10
#define READY 4
#define FAILED 5

static Any loop;
static Any agents[2];
static unsigned streams[2];
static int gathered, ready[2], sent, received[2];
static time_t seconds, later;

static time_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec;
}

static void give(int from, int to) {
  char *user, *password;
  nice_agent_get_local_credentials(agents[from], streams[from], &user, &password);
  nice_agent_set_remote_credentials(agents[to], streams[to], user, password);
  nice_agent_set_remote_candidates(
      agents[to], streams[to], 1, nice_agent_get_local_candidates(agents[from], streams[from], 1));
}

static void on_gathered(Any agent, unsigned stream, Any data) {
  if (++gathered == 2) {
    unsigned candidates[2];
    for (int i = 0; i < 2; i++) {
      candidates[i] = g_slist_length(nice_agent_get_local_candidates(agents[i], streams[i], 1));
      printf("%s\n", nice_agent_generate_local_sdp(agents[i]));
    }
    printf("candidates %u %u\n", candidates[0], candidates[1]);
    if (candidates[0] == 0 || candidates[1] == 0) {
      exit(1);
    }
    give(0, 1);
    give(1, 0);
  }
}

static void on_state(Any agent, unsigned stream, unsigned component, unsigned state, Any data) {
  int which = agent == agents[1];
  if (state == FAILED) {
    printf("agent %d failed\n", which);
    if (!later) {
      exit(1);
    }
  }
  ready[which] = state == READY;
}

static void on_message(Any agent, unsigned stream, unsigned component, unsigned length, char *bytes, Any data) {
  received[agent == agents[1]] += length == 100;
}

static void send_both(void) {
  char message[100];
  memset(message, 'x', sizeof message);
  sent++;
  nice_agent_send(agents[0], streams[0], 1, sizeof message, message);
  nice_agent_send(agents[1], streams[1], 1, sizeof message, message);
}

static void tell(const char *when) {
  printf("%sreceived %d %d of %d\n", when, received[0], received[1], MESSAGES);
  fflush(stdout);
}

/* Ten times a second. */
static int on_time(Any data) {
  static int ticks, rest;
  if (later) {
    if (now() >= later) {
      if (sent < MESSAGES) {
        send_both();
      } else if (++rest > 10) {
        tell("later ");
        g_main_loop_quit(loop);
      }
    }
  } else if (++ticks > 200) {
    printf("too late: ready %d %d\n", ready[0], ready[1]);
    exit(1);
  } else if (ready[0] && ready[1] && sent < MESSAGES) {
    send_both();
  } else if (received[0] == MESSAGES && received[1] == MESSAGES) {
    tell("");
    if (!seconds) {
      g_main_loop_quit(loop);
    }
    later = now() + seconds;
    sent = received[0] = received[1] = 0;
  }
  return 1;
}

int main(int count, char **arguments) {
  seconds = count > 8 ? atoi(arguments[8]) : 0;
  loop = g_main_loop_new(NULL, 0);
  for (int i = 0; i < 2; i++) {
    agents[i] = nice_agent_new(g_main_loop_get_context(loop), 0);
    g_object_set(agents[i], "force-relay", 1, "upnp", 0, "ice-tcp", 0, "controlling-mode", i == 0, NULL);
    streams[i] = nice_agent_add_stream(agents[i], 1);
    nice_agent_set_relay_info(agents[i], streams[i], 1, arguments[1], atoi(arguments[2]),
        arguments[4 + 2 * i], arguments[5 + 2 * i], atoi(arguments[3]));
    g_signal_connect_data(agents[i], "candidate-gathering-done", (void (*)(void)) on_gathered, NULL, NULL, 0);
    g_signal_connect_data(agents[i], "component-state-changed", (void (*)(void)) on_state, NULL, NULL, 0);
    nice_agent_attach_recv(agents[i], streams[i], 1, g_main_loop_get_context(loop), on_message, NULL);
  }
  for (int i = 0; i < 2; i++) {
    nice_agent_gather_candidates(agents[i], streams[i]);
  }
  g_timeout_add(100, on_time, NULL);
  g_main_loop_run(loop);
  return 0;
}
