// Stands for QEMU where there are thousands of it: listens on the sockets that it is handed, speaks as much QMP as the
// daemon does, and has no machine. Some 100 KiB of memory when it is linked statically. And for qemu-img, of which the
// daemon wants nothing but empty disks.
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MONITOR = 3, CONSOLE = 4, AGENT = 5, LONGEST = 8192 };

static const char *status = "prelaunch";
static int monitor = -1, console = -1, agent = -1;

static void say(const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t sent = write(monitor, text, left);
        if (sent <= 0)
            return;
        text += sent;
        left -= sent;
    }
}

static void event(const char *name, const char *data)
{
    char line[256];
    snprintf(line, sizeof line, "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 0}, \"event\": \"%s\"%s%s}\r\n", name, *data ? ", \"data\": " : "", data);
    say(line);
}

static void become(const char *next, const char *name)
{
    if (strcmp(status, next) != 0) {
        status = next;
        event(name, "");
    }
}

static int is(const char *line, const char *command)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\"execute\":\"%s\"", command);
    return strstr(line, wanted) != NULL;
}

static void serve(const char *line)
{
    char reply[256] = "{}";
    const char *id = strstr(line, "\"id\":");
    int quit = is(line, "quit");
    if (is(line, "query-status"))
        snprintf(reply, sizeof reply, "{\"status\": \"%s\", \"running\": %s}", status, strcmp(status, "running") == 0 ? "true" : "false");
    else if (is(line, "query-chardev") || is(line, "query-block") || is(line, "query-blockstats"))
        strcpy(reply, "[]");
    else if (is(line, "cont"))
        become("running", "RESUME");
    else if (is(line, "stop"))
        become("paused", "STOP");
    else if (is(line, "system_powerdown")) {
        status = "shutdown";
        event("SHUTDOWN", "{\"guest\": true, \"reason\": \"guest-shutdown\"}");
        event("STOP", "");
    } else if (quit)
        event("SHUTDOWN", "{\"guest\": false, \"reason\": \"host-qmp-quit\"}");
    char answer[512];
    snprintf(answer, sizeof answer, "{\"return\": %s, \"id\": %ld}\r\n", reply, id ? strtol(id + 5, NULL, 10) : 0);
    say(answer);
    if (quit)
        exit(0);
}

// One client at a time, as QEMU has it; the next one waits in the queue.
static void accept_one(int listener, int *client)
{
    if (*client < 0)
        *client = accept(listener, NULL, NULL);
}

static void drain(int *client)
{
    char sink[512];
    if (read(*client, sink, sizeof sink) <= 0) {
        close(*client);
        *client = -1;
    }
}

static void hear(void)
{
    static char line[LONGEST];
    static size_t length;
    ssize_t count = read(monitor, line + length, sizeof line - 1 - length);
    if (count <= 0) {
        close(monitor);
        monitor = -1;
        length = 0;
        return;
    }
    length += count;
    line[length] = 0;
    for (char *end; (end = strchr(line, '\n')) != NULL;) {
        *end = 0;
        serve(line);
        length -= end + 1 - line;
        memmove(line, end + 1, length + 1);
    }
    if (length == sizeof line - 1)
        length = 0;
}

// qemu-img create ... PATH BYTES: a header (qemu/docs/interop/qcow2.txt), which the daemon looks at, and nothing behind it.
static int create(const char *path, const char *bytes)
{
    unsigned char header[4096] = {'Q', 'F', 'I', 0xfb, 0, 0, 0, 3};
    unsigned long long size = strtoull(bytes, NULL, 10);
    for (int i = 0; i < 8; i++)
        header[24 + i] = size >> (56 - 8 * i);
    header[23] = 16;
    header[99] = 4;
    header[103] = 104;
    FILE *file = fopen(path, "wb");
    return file == NULL || fwrite(header, sizeof header, 1, file) != 1 || fclose(file) != 0;
}

int main(int count, char **arguments)
{
    if (count > 3 && strcmp(arguments[1], "create") == 0)
        return create(arguments[count - 2], arguments[count - 1]);
    if (count > 1 && strcmp(arguments[1], "--version") == 0)
        return puts("QEMU emulator version 7.2.0 (a stub)") < 0;
    if (count > 2 && strcmp(arguments[1], "-machine") == 0 && strcmp(arguments[2], "help") == 0)
        return puts("q35                  Standard PC (alias of pc-q35-7.2)\nvirt                 Virtual machine (alias of virt-7.2)") < 0;
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        struct pollfd waits[] = {
            {monitor < 0 ? MONITOR : monitor, POLLIN, 0},
            {console < 0 ? CONSOLE : console, POLLIN, 0},
            {agent < 0 ? AGENT : agent, POLLIN, 0},
        };
        if (poll(waits, 3, -1) < 0)
            continue;
        if (waits[0].revents && monitor >= 0)
            hear();
        else if (waits[0].revents) {
            accept_one(MONITOR, &monitor);
            say("{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2, \"major\": 7}, \"package\": \"stub\"}, \"capabilities\": []}}\r\n");
        }
        if (waits[1].revents)
            console < 0 ? accept_one(CONSOLE, &console) : drain(&console);
        if (waits[2].revents)
            agent < 0 ? accept_one(AGENT, &agent) : drain(&agent);
    }
}
