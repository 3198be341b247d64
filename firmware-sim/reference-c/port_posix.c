/* The machine, where it is a computer with POSIX: a pseudo-terminal, a serial port, TCP or standard input and output.
   The only file that knows of it, and the one to replace for a microcontroller. */
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE /* rates above 38400 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "board.h"

/* A line takes its bytes whether anybody reads them or not: what the kernel does not take for so long is lost. */
#define STALLED_US 250000u

static struct board board;

static struct {
    int in, out;    /* -1: nobody is there */
    int tty;        /* whose rate is set: the other end of a PTY, or the serial port; -1: none */
    int listening;  /* -1: not TCP */
    bool pty;       /* the host's rate can be seen */
    uint32_t baud;
    const uint8_t *bytes;
    size_t left;
    uint64_t free_at, stalled_at;
    uint8_t garbled[FRAME_WIRE_MAX];
} line = {-1, -1, -1, -1, false, 115200, NULL, 0, 0, 0, {0}};

static volatile sig_atomic_t ended, stop_pressed;

static const struct {
    uint32_t baud;
    speed_t speed;
} rates[] = {
    {115200, B115200},
    {230400, B230400},
#ifdef B460800
    {460800, B460800},
    {921600, B921600},
    {2000000, B2000000},
    {3000000, B3000000},
#endif
};
#define RATES (sizeof rates / sizeof rates[0])

uint64_t port_ticks(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

uint32_t port_random(void) {
    uint32_t drawn = 0;
    const int source = open("/dev/urandom", O_RDONLY);
    if (source < 0 || read(source, &drawn, sizeof drawn) != (ssize_t)sizeof drawn) {
        perror("/dev/urandom");
        exit(1);
    }
    close(source);
    return drawn;
}

uint32_t port_max_baud(void) { return line.tty < 0 ? 0 : rates[RATES - 1].baud; }

uint32_t port_min_rto_ms(void) { return line.tty < 0 ? 50 : 25; }

static speed_t speed_of(uint32_t baud) {
    for (unsigned k = 0; k < RATES; k++) {
        if (rates[k].baud == baud) return rates[k].speed;
    }
    return B0;
}

/* 8N1, nothing interpreted. */
static void set_raw(int fd, uint32_t baud) {
    struct termios raw;
    if (tcgetattr(fd, &raw) != 0) return;
    raw.c_iflag = 0;
    raw.c_oflag = 0;
    raw.c_lflag = 0;
    raw.c_cflag = CS8 | CREAD | CLOCAL;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    cfsetispeed(&raw, speed_of(baud));
    cfsetospeed(&raw, speed_of(baud));
    tcsetattr(fd, TCSADRAIN, &raw);
}

void port_set_baud(uint32_t baud) {
    line.baud = baud;
    /* Both ends of a PTY share one setting, which is the host's: see `garbled`. */
    if (line.tty >= 0 && !line.pty) set_raw(line.tty, baud);
}

/* On a wire with two rates bytes arrive as others. */
static bool garbled(void) {
    struct termios now;
    return line.pty && tcgetattr(line.tty, &now) == 0 && cfgetospeed(&now) != speed_of(line.baud);
}

static void hang_up(void) {
    if (line.in >= 0) close(line.in);
    line.in = line.out = -1;
    line.left = 0;
}

static void push_out(void) {
    if (line.left == 0) return;
    const ssize_t taken = line.out < 0 ? (ssize_t)line.left : write(line.out, line.bytes, line.left);
    if (taken >= 0) {
        line.bytes += taken;
        line.left -= (size_t)taken;
        if (taken > 0) line.stalled_at = 0;
        return;
    }
    if (errno != EAGAIN && errno != EINTR) {
        if (line.listening >= 0) hang_up();
        line.left = 0;
        return;
    }
    const uint64_t now = port_ticks();
    if (line.stalled_at == 0) line.stalled_at = now;
    if (line.listening < 0 && now > line.stalled_at + STALLED_US) line.left = 0;
}

bool port_tx_ready(void) {
    push_out();
    return line.left == 0 && port_ticks() >= line.free_at;
}

void port_tx(const uint8_t *bytes, size_t length) {
    line.bytes = bytes;
    line.left = length;
    if (garbled()) {
        for (size_t k = 0; k < length; k++) line.garbled[k] = (uint8_t)(bytes[k] * 37u + 11u);
        line.bytes = line.garbled;
    }
    if (line.tty >= 0) line.free_at = port_ticks() + (uint64_t)length * 10u * 1000000u / line.baud;
    push_out();
}

/* ---- Lines --------------------------------------------------------------------------------------------------------------- */

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void unblock(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

static const char *link_path;

static void remove_link(void) {
    if (link_path != NULL) unlink(link_path);
}

static void open_pty(const char *path) {
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) die("pty");
    const char *name = ptsname(master);
    if (name == NULL) die("ptsname");
    /* Kept open, so that a host may come and go. */
    line.tty = open(name, O_RDWR | O_NOCTTY);
    if (line.tty < 0) die(name);
    set_raw(line.tty, 115200);
    line.pty = true;
    unblock(master);
    line.in = line.out = master;
    unlink(path);
    if (symlink(name, path) != 0) die(path);
    link_path = path;
    atexit(remove_link);
}

static void open_tty(const char *path) {
    line.tty = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (line.tty < 0) die(path);
    set_raw(line.tty, 115200);
    line.in = line.out = line.tty;
}

static unsigned open_tcp(unsigned port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t size = sizeof at;
    const int yes = 1;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    line.listening = socket(AF_INET, SOCK_STREAM, 0);
    if (line.listening < 0) die("socket");
    setsockopt(line.listening, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(line.listening, (struct sockaddr *)&at, sizeof at) != 0 || listen(line.listening, 1) != 0) die("bind");
    if (getsockname(line.listening, (struct sockaddr *)&at, &size) != 0) die("getsockname");
    return ntohs(at.sin_port);
}

/* One host at a time: a new one takes the line. */
static void take_host(void) {
    const int yes = 1, host = accept(line.listening, NULL, NULL);
    if (host < 0) return;
    hang_up();
    setsockopt(host, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    unblock(host);
    line.in = line.out = host;
    frame_reader_clear(&board.reader);
}

static void read_line(void) {
    uint8_t bytes[1024];
    const ssize_t got = read(line.in, bytes, sizeof bytes);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR && errno != EIO)) {
        if (line.listening >= 0) hang_up();
        else ended = 1;
        return;
    }
    if (got <= 0) return;
    if (garbled()) {
        for (ssize_t k = 0; k < got; k++) bytes[k] = (uint8_t)(bytes[k] * 37u + 11u);
    }
    board_receive(&board, bytes, (size_t)got);
}

/* Waits for bytes, at most so long; `watched` is standard input where its end is this program's. */
static void wait(uint64_t us, int watched) {
    fd_set reading, writing;
    FD_ZERO(&reading);
    FD_ZERO(&writing);
    int top = -1;
    const int inputs[] = {line.in, line.listening, watched};
    for (unsigned k = 0; k < 3; k++) {
        if (inputs[k] < 0) continue;
        FD_SET(inputs[k], &reading);
        if (inputs[k] > top) top = inputs[k];
    }
    if (line.left > 0 && line.out >= 0) {
        FD_SET(line.out, &writing);
        if (line.out > top) top = line.out;
    }
    struct timeval time = {0, (suseconds_t)us};
    if (select(top + 1, &reading, &writing, NULL, &time) <= 0) return;
    if (line.in >= 0 && FD_ISSET(line.in, &reading)) read_line();
    if (line.listening >= 0 && FD_ISSET(line.listening, &reading)) take_host();
    char nothing[64];
    if (watched >= 0 && FD_ISSET(watched, &reading) && read(watched, nothing, sizeof nothing) == 0) ended = 1;
}

/* ---- Program ------------------------------------------------------------------------------------------------------------- */

static void on_end(int signal) {
    (void)signal;
    ended = 1;
}

static void on_button(int signal) { stop_pressed = signal == SIGUSR1; }

static int usage(void) {
    fputs("board [--pty LINK | --tty DEVICE | --tcp PORT | --stdio] [--serial S] [--after REASON] [--ends-with-stdin] [--sizes]\n"
          "  --after: power-on (as if left out), brown-out, watchdog, pin, crash\n"
          "  SIGUSR1 presses the emergency stop, SIGUSR2 lets it go\n",
          stderr);
    return 2;
}

static rbv_ResetReason reason_of(const char *name) {
    static const char *const reasons[] = {"", "power-on", "brown-out", "watchdog", "", "pin", "crash"};
    for (unsigned k = 1; k < sizeof reasons / sizeof reasons[0]; k++) {
        if (strcmp(name, reasons[k]) == 0) return (rbv_ResetReason)k;
    }
    exit(usage());
}

static void print_sizes(void) {
    printf("frame reader and sender %zu\n", sizeof board.reader + sizeof board.out + sizeof board.payload);
    printf("go-back-n %zu\n", sizeof board.arq);
    printf("request, answer, 16 responses %zu\n", sizeof board.rpc);
    printf("batch of samples %zu\n", sizeof board.batch);
    printf("run and events %zu (and result %zu)\n", sizeof board.sequencer - sizeof board.sequencer.result, sizeof board.sequencer.result);
    printf("samples %zu\n", sizeof board.samples);
    printf("banks %zu\n", sizeof board.banks);
    printf("circuit %zu\n", sizeof board.circuit);
    printf("all %zu\n", sizeof board);
}

int main(int count, char **words) {
    struct life life = {.serial = "REF-C-0001", .boot_count = 1, .reason = rbv_ResetReason_RESET_POWER_ON};
    int watched = -1;
    bool open_line = false;
    char where[64] = "";
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int k = 1; k < count; k++) {
        const char *word = words[k], *value = k + 1 < count ? words[k + 1] : NULL;
        if (strcmp(word, "--sizes") == 0) {
            print_sizes();
            return 0;
        } else if (strcmp(word, "--stdio") == 0) {
            line.in = 0;
            line.out = 1;
            unblock(1);
            open_line = true;
        } else if (strcmp(word, "--ends-with-stdin") == 0) {
            watched = 0;
        } else if (value == NULL) {
            return usage();
        } else {
            k += 1;
            if (strcmp(word, "--pty") == 0) open_pty(value);
            else if (strcmp(word, "--tty") == 0) open_tty(value);
            else if (strcmp(word, "--tcp") == 0) snprintf(where, sizeof where, "127.0.0.1:%u", open_tcp((unsigned)strtoul(value, NULL, 10)));
            else if (strcmp(word, "--serial") == 0) life.serial = value;
            else if (strcmp(word, "--after") == 0) life.reason = reason_of(value);
            else return usage();
            if (strcmp(word, "--serial") != 0 && strcmp(word, "--after") != 0) open_line = true;
            if (strcmp(word, "--pty") == 0 || strcmp(word, "--tty") == 0) snprintf(where, sizeof where, "%s", value);
        }
    }
    if (!open_line || strlen(life.serial) > 40 || strspn(life.serial, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") != strlen(life.serial)) return usage();
    signal(SIGINT, on_end);
    signal(SIGTERM, on_end);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, on_button);
    signal(SIGUSR2, on_button);
    if (line.out != 1) printf("board %s at %s\n", life.serial, where);
    board_start(&board, &life);
    while (!ended) {
        board_input(&board, FAULT_EMERGENCY_STOP, stop_pressed != 0, "the emergency stop was pressed");
        const enum board_wish wish = board_poll(&board);
        if (wish == BOARD_RESET) board_start(&board, &board.life);
        const uint64_t now = port_ticks();
        const uint64_t until_free = line.free_at > now ? line.free_at - now : 2000;
        wait(wish == BOARD_BUSY ? 0 : until_free < 2000 ? until_free : 2000, watched);
    }
    return 0;
}
