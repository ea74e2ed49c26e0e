/*
 * The floor: bytes from one socket to another and nothing else.
 *
 *   relay LISTEN_PORT TARGET_PORT        both on 127.0.0.1, one thread, one epoll
 *
 * Each connection is two directions. A direction reads into one buffer shared by all and writes at once; what the
 * receiver does not take is kept aside, and the sender is not read until it is gone. The end of a direction is handed on
 * as such (half-close); a broken one ends both.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER_BYTES = 64 * 1024, BATCH = 256 };

struct end {
    int fd;
    struct end *peer;
    unsigned watched;   /* events epoll knows of */
    int read_ended;     /* the sender said it is done */
    int write_ended;    /* the same, handed on to this end */
    int connecting;
    int broken;
    char *kept;         /* bytes for this end that it did not take yet */
    size_t kept_from, kept_to;
    struct end *next_dead;
};

static int epoll;
static struct sockaddr_in target;
static char buffer[BUFFER_BYTES];
static struct end *dead; /* freed after the batch: a later event of it may still point here */

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void watch(struct end *end) {
    unsigned wanted = 0;
    if (!end->read_ended && !end->peer->kept && !end->peer->connecting) wanted |= EPOLLIN;
    if (end->kept || end->connecting) wanted |= EPOLLOUT;
    if (wanted == end->watched) return;
    /* An end that waits for the other is taken out: epoll would go on telling that it hung up. */
    int change = !wanted ? EPOLL_CTL_DEL : end->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    struct epoll_event event = {.events = wanted, .data.ptr = end};
    if (epoll_ctl(epoll, change, end->fd, &event)) die("epoll_ctl");
    end->watched = wanted;
}

static void bury(struct end *end) {
    if (end->broken) return;
    end->broken = end->peer->broken = 1;
    end->next_dead = dead;
    dead = end; /* one of the two stands for both */
}

static void free_dead(void) {
    while (dead) {
        struct end *end = dead, *both[] = {end, end->peer};
        dead = end->next_dead;
        for (int i = 0; i < 2; i++) {
            close(both[i]->fd);
            free(both[i]->kept);
            free(both[i]);
        }
    }
}

/* Hands the end of a direction on once all its bytes are out. */
static void end_write(struct end *to) {
    if (!to->peer->read_ended || to->kept || to->connecting || to->write_ended) return;
    to->write_ended = 1;
    shutdown(to->fd, SHUT_WR);
    if (to->read_ended && to->peer->write_ended) bury(to);
}

/* Returns the bytes taken, -1 if the end is broken. */
static ssize_t write_some(struct end *to, const char *bytes, size_t count) {
    size_t taken = 0;
    while (taken < count) {
        ssize_t n = send(to->fd, bytes + taken, count - taken, MSG_NOSIGNAL);
        if (n > 0) taken += (size_t)n;
        else if (n < 0 && errno == EINTR) continue;
        else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
        else return -1;
    }
    return (ssize_t)taken;
}

static void on_readable(struct end *from) {
    struct end *to = from->peer;
    ssize_t n = recv(from->fd, buffer, sizeof buffer, 0);
    if (n < 0) {
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) bury(from);
        return;
    }
    if (n == 0) {
        from->read_ended = 1;
        end_write(to);
        return;
    }
    ssize_t taken = write_some(to, buffer, (size_t)n);
    if (taken < 0) {
        bury(to);
    } else if (taken < n) {
        to->kept_from = 0;
        to->kept_to = (size_t)(n - taken);
        if (!(to->kept = malloc(to->kept_to))) die("malloc");
        memcpy(to->kept, buffer + taken, to->kept_to);
    }
}

static void on_writable(struct end *to) {
    if (to->connecting) {
        int error = 0;
        socklen_t size = sizeof error;
        if (getsockopt(to->fd, SOL_SOCKET, SO_ERROR, &error, &size) || error) {
            bury(to);
            return;
        }
        to->connecting = 0;
    }
    if (to->kept) {
        ssize_t taken = write_some(to, to->kept + to->kept_from, to->kept_to - to->kept_from);
        if (taken < 0) {
            bury(to);
            return;
        }
        to->kept_from += (size_t)taken;
        if (to->kept_from < to->kept_to) return;
        free(to->kept);
        to->kept = NULL;
    }
    end_write(to);
}

static struct end *add(int fd, int connecting) {
    struct end *end = calloc(1, sizeof *end);
    if (!end) die("calloc");
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    end->fd = fd;
    end->connecting = connecting;
    return end;
}

static void on_connection(int listener) {
    int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) return;
    int out = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (out < 0 || (connect(out, (struct sockaddr *)&target, sizeof target) && errno != EINPROGRESS)) {
        perror("connect");
        close(client);
        if (out >= 0) close(out);
        return;
    }
    struct end *a = add(client, 0), *b = add(out, 1);
    a->peer = b;
    b->peer = a;
    watch(a);
    watch(b);
}

static struct sockaddr_in loopback(const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: relay LISTEN_PORT TARGET_PORT\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    if (!getrlimit(RLIMIT_NOFILE, &files)) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    struct sockaddr_in address = loopback(argv[1]);
    target = loopback(argv[2]);

    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) die("socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address)) die("bind");
    if (listen(listener, SOMAXCONN)) die("listen");
    if ((epoll = epoll_create1(EPOLL_CLOEXEC)) < 0) die("epoll_create1");
    struct epoll_event accepting = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &accepting)) die("epoll_ctl");

    for (;;) {
        struct epoll_event events[BATCH];
        int count = epoll_wait(epoll, events, BATCH, -1);
        if (count < 0 && errno != EINTR) die("epoll_wait");
        for (int i = 0; i < count; i++) {
            struct end *end = events[i].data.ptr;
            if (!end) {
                on_connection(listener);
                continue;
            }
            if (end->broken) continue;
            /* A broken end is tried with all that was wanted of it: the call says what is wrong. */
            unsigned what = events[i].events & (EPOLLERR | EPOLLHUP) ? end->watched : events[i].events & end->watched;
            if (what & EPOLLOUT) on_writable(end);
            if (!end->broken && what & EPOLLIN) on_readable(end);
            if (!end->broken) watch(end);
            if (!end->broken) watch(end->peer);
        }
        free_dead();
    }
}
