// Drops a file on a window as another program would, by the XDND protocol: xdnd WINDOW PATH.
#include <X11/Xlib.h>
#include <X11/Xatom.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Display *display;

static Atom atom(const char *name) { return XInternAtom(display, name, False); }

static void tell(Window to, Window from, const char *what, long a, long b, long c, long d) {
    XEvent e = {0};
    e.xclient.type = ClientMessage;
    e.xclient.window = to;
    e.xclient.message_type = atom(what);
    e.xclient.format = 32;
    long data[5] = {(long)from, a, b, c, d};
    memcpy(e.xclient.data.l, data, sizeof data);
    XSendEvent(display, to, False, NoEventMask, &e);
    XFlush(display);
}

int main(int argc, char **argv) {
    if (argc != 3 || !(display = XOpenDisplay(NULL))) return 2;
    Window to = strtoul(argv[1], NULL, 0);
    char uri[4096];
    snprintf(uri, sizeof uri, "file://%s\r\n", argv[2]);
    Window from = XCreateSimpleWindow(display, DefaultRootWindow(display), 0, 0, 10, 10, 0, 0, 0);
    XSetSelectionOwner(display, atom("XdndSelection"), from, CurrentTime);
    tell(to, from, "XdndEnter", 5L << 24, atom("text/uri-list"), 0, 0);
    tell(to, from, "XdndPosition", 0, 200L << 16 | 200, CurrentTime, atom("XdndActionCopy"));
    for (int dropped = 0;;) {
        XEvent e;
        XNextEvent(display, &e);
        if (e.type == ClientMessage && e.xclient.message_type == atom("XdndStatus") && !dropped) {
            if (!(e.xclient.data.l[1] & 1)) return 1; // not here
            dropped = 1;
            tell(to, from, "XdndDrop", 0, CurrentTime, 0, 0);
        } else if (e.type == SelectionRequest) {
            XSelectionRequestEvent *r = &e.xselectionrequest;
            XChangeProperty(display, r->requestor, r->property, r->target, 8, PropModeReplace, (unsigned char *)uri, (int)strlen(uri));
            XEvent n = {0};
            n.xselection.type = SelectionNotify;
            n.xselection.requestor = r->requestor;
            n.xselection.selection = r->selection;
            n.xselection.target = r->target;
            n.xselection.property = r->property;
            n.xselection.time = r->time;
            XSendEvent(display, r->requestor, False, NoEventMask, &n);
            XFlush(display);
        } else if (e.type == ClientMessage && e.xclient.message_type == atom("XdndFinished")) {
            return 0;
        }
    }
}
