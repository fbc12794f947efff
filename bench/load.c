/*
 * Replays prepared HTTP/1.1 requests over keep-alive connections and measures every answer.
 *
 *   load PORT CONNECTIONS SECONDS EXPECTED_STATUS FIRST LIMIT FILE
 *
 * FILE holds requests one after the other, each as four bytes of length (little endian) and its bytes. They are sent
 * in order from number FIRST on, the next one by whichever connection is free. LIMIT 0 begins again at the end of the
 * file until SECONDS are over; otherwise at most LIMIT requests are sent, each at most once.
 *
 * Every answer must have the expected status and be framed by Content-Length. One JSON object goes to standard
 * output; an answer that was not expected is shown on standard error, the first one only.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BUFFER (1 << 20)
#define PATIENCE 15.0 /* seconds to wait for the last answers */

struct request {
    const char *bytes;
    size_t length;
};

struct connection {
    int socket;
    int busy;
    const struct request *request;
    size_t sent;
    size_t received;
    double asked_at;
    char *answer;
};

static struct request *requests;
static size_t known, next_request, limit;
static struct sockaddr_in address;
static int expected, watched;
static double *latencies;
static size_t answered, capacity, wrong, broken;
static double deadline;

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void fail(const char *what) {
    perror(what);
    exit(2);
}

static void read_requests(const char *path) {
    int file = open(path, O_RDONLY);
    struct stat about;
    if (file < 0 || fstat(file, &about) < 0) fail(path);
    size_t size = (size_t)about.st_size;
    const char *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (bytes == MAP_FAILED) fail("mmap");
    size_t room = 0;
    for (size_t at = 0; at + 4 <= size;) {
        uint32_t length;
        memcpy(&length, bytes + at, 4);
        if (known == room) {
            room = room ? room * 2 : 1024;
            requests = realloc(requests, room * sizeof *requests);
            if (requests == NULL) fail("realloc");
        }
        requests[known++] = (struct request){bytes + at + 4, length};
        at += 4 + length;
    }
    if (known == 0) {
        fprintf(stderr, "%s holds no request\n", path);
        exit(2);
    }
}

static void open_connection(struct connection *connection, int epoll) {
    int one = 1;
    connection->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connection->socket < 0 || connect(connection->socket, (struct sockaddr *)&address, sizeof address) < 0)
        fail("connect");
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(connection->socket, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, connection->socket, &event) < 0) fail("epoll_ctl");
    connection->busy = 0;
}

static void watch(struct connection *connection, int epoll, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = connection};
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, connection->socket, &event) < 0) fail("epoll_ctl");
}

static void lose(struct connection *connection, int epoll) {
    if (connection->busy) {
        broken++;
        watched--;
    }
    close(connection->socket);
    open_connection(connection, epoll);
}

static int push(struct connection *connection, int epoll) {
    while (connection->sent < connection->request->length) {
        ssize_t done = send(connection->socket, connection->request->bytes + connection->sent,
                            connection->request->length - connection->sent, MSG_NOSIGNAL);
        if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            watch(connection, epoll, EPOLLIN | EPOLLOUT);
            return 1;
        }
        if (done < 0) {
            lose(connection, epoll);
            return 0;
        }
        connection->sent += (size_t)done;
    }
    return 1;
}

static void ask(struct connection *connection, int epoll) {
    if (now() >= deadline || (limit && next_request >= limit)) return;
    connection->request = &requests[next_request++ % known];
    connection->sent = connection->received = 0;
    connection->busy = 1;
    connection->asked_at = now();
    watched++;
    push(connection, epoll);
}

static void note(double seconds) {
    if (answered == capacity) {
        capacity = capacity ? capacity * 2 : 65536;
        latencies = realloc(latencies, capacity * sizeof *latencies);
        if (latencies == NULL) fail("realloc");
    }
    latencies[answered++] = seconds;
}

/* The size of the whole answer, 0 while its head is not complete, -1 when it is not framed as it must be. */
static long answer_size(struct connection *connection, int *status) {
    connection->answer[connection->received] = 0;
    char *end = strstr(connection->answer, "\r\n\r\n");
    if (end == NULL) return connection->received >= BUFFER ? -1 : 0;
    if (sscanf(connection->answer, "HTTP/1.1 %d", status) != 1) return -1;
    long head = end + 4 - connection->answer;
    for (char *line = strstr(connection->answer, "\r\n"); line != NULL && line < end; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, "content-length:", 15) == 0) return head + atol(line + 15);
    }
    return *status == 204 ? head : -1;
}

static void receive(struct connection *connection, int epoll) {
    ssize_t done = recv(connection->socket, connection->answer + connection->received,
                        BUFFER - connection->received, 0);
    if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (done <= 0) {
        lose(connection, epoll);
        ask(connection, epoll);
        return;
    }
    connection->received += (size_t)done;
    int status = 0;
    long size = answer_size(connection, &status);
    if (size < 0 || (size_t)size > BUFFER || (size > 0 && connection->received > (size_t)size)) {
        lose(connection, epoll);
        ask(connection, epoll);
        return;
    }
    if (size == 0 || connection->received < (size_t)size) return;
    note(now() - connection->asked_at);
    if (status != expected && wrong++ == 0)
        fprintf(stderr, "%.*s\n-> %.*s\n", 120, connection->request->bytes, 2000, connection->answer);
    connection->busy = 0;
    watched--;
    ask(connection, epoll);
}

static int by_size(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double quantile(double share) {
    if (answered == 0) return 0;
    size_t at = (size_t)(share * (double)answered);
    return latencies[at < answered ? at : answered - 1] * 1e3;
}

int main(int argc, char **argv) {
    if (argc != 8) {
        fprintf(stderr, "usage: load PORT CONNECTIONS SECONDS EXPECTED_STATUS FIRST LIMIT FILE\n");
        return 2;
    }
    size_t connections = (size_t)atol(argv[2]);
    expected = atoi(argv[4]);
    next_request = (size_t)atol(argv[5]);
    read_requests(argv[7]);
    limit = (size_t)atol(argv[6]);
    if (limit) limit = next_request + limit < known ? next_request + limit : known;
    address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    int epoll = epoll_create1(0);
    struct connection *all = calloc(connections, sizeof *all);
    struct epoll_event *events = calloc(connections, sizeof *events);
    if (epoll < 0 || all == NULL || events == NULL) fail("start");
    for (size_t each = 0; each < connections; each++) {
        all[each].answer = malloc(BUFFER + 1);
        if (all[each].answer == NULL) fail("malloc");
        open_connection(&all[each], epoll);
    }
    double started = now(), ended = started;
    deadline = started + atof(argv[3]);
    for (size_t each = 0; each < connections; each++) ask(&all[each], epoll);
    while (watched > 0 && now() < deadline + PATIENCE) {
        int ready = epoll_wait(epoll, events, (int)connections, 100);
        for (int each = 0; each < ready; each++) {
            struct connection *connection = events[each].data.ptr;
            if (events[each].events & EPOLLOUT) {
                watch(connection, epoll, EPOLLIN);
                if (!push(connection, epoll)) continue;
            }
            if (events[each].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(connection, epoll);
        }
        ended = now();
    }
    broken += (size_t)watched;

    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double cpu = (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
                 (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    qsort(latencies, answered, sizeof *latencies, by_size);
    printf("{\"answered\": %zu, \"wrong\": %zu, \"broken\": %zu, \"seconds\": %.6f, \"p50_ms\": %.4f, "
           "\"p99_ms\": %.4f, \"max_ms\": %.4f, \"cpu_seconds\": %.4f, \"next\": %zu}\n",
           answered, wrong, broken, ended - started, quantile(0.50), quantile(0.99), quantile(1.0), cpu,
           next_request);
    return 0;
}
