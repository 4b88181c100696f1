// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client of the X server's MIT-SHM extension: the server attaches segments
 * of this process, and pixels go both ways through them. Prints `ok CLAIM` or
 * `not ok CLAIM` a test.
 *
 * usage: xshm                   all tests
 *        xshm attach ID [ro]    succeeds if the server attaches that segment
 */
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XShm.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

#define SIDE	200

static Display *display;
static int errors;

struct shared_image {
	XImage *image;
	XShmSegmentInfo info;
};

static void claim(bool holds, const char *what)
{
	printf("%sok %s\n", holds ? "" : "not ", what);
	fflush(stdout);
}

static int count_error(Display *where, XErrorEvent *event)
{
	char text[128];

	XGetErrorText(where, event->error_code, text, sizeof(text));
	printf("X error: %s\n", text);
	errors++;
	return 0;
}

/* True if the server has done all requests so far without an error. */
static bool server_agrees(void)
{
	int before = errors;

	XSync(display, False);
	return errors == before;
}

static int attaches(int shmid)
{
	struct shmid_ds ds;

	return shmctl(shmid, IPC_STAT, &ds) ? -1 : (int)ds.shm_nattch;
}

static bool make_image(struct shared_image *shared)
{
	int screen = DefaultScreen(display);
	XImage *image;

	image = XShmCreateImage(display, DefaultVisual(display, screen),
				DefaultDepth(display, screen), ZPixmap, NULL,
				&shared->info, SIDE, SIDE);
	if (!image)
		return false;
	shared->info.shmid = shmget(IPC_PRIVATE, (size_t)image->bytes_per_line * SIDE,
				    IPC_CREAT | 0600);
	shared->info.shmaddr = shmat(shared->info.shmid, NULL, 0);
	if (shared->info.shmaddr == (void *)-1)
		return false;
	shared->info.readOnly = False;
	image->data = shared->info.shmaddr;
	shared->image = image;
	return XShmAttach(display, &shared->info) && server_agrees();
}

static unsigned long colour(int x, int y, int salt)
{
	return (x * 31 + y * 131071 + salt) & 0xffffff;
}

static void draw(XImage *image, int salt)
{
	for (int y = 0; y < SIDE; y++)
		for (int x = 0; x < SIDE; x++)
			XPutPixel(image, x, y, colour(x, y, salt));
}

static bool shows(XImage *image, int salt)
{
	if (!image)
		return false;
	for (int y = 0; y < SIDE; y++)
		for (int x = 0; x < SIDE; x++)
			if ((XGetPixel(image, x, y) & 0xffffff) != colour(x, y, salt)) {
				printf("pixel %d,%d is %lx\n", x, y, XGetPixel(image, x, y));
				return false;
			}
	return true;
}

/* Reads back through the socket, past any shared memory. */
static bool drawable_shows(Drawable drawable, int salt)
{
	XImage *copy = XGetImage(display, drawable, 0, 0, SIDE, SIDE, AllPlanes, ZPixmap);
	bool same = shows(copy, salt);

	if (copy)
		XDestroyImage(copy);
	return same;
}

static bool put_and_wait(Drawable drawable, GC gc, struct shared_image *from)
{
	XEvent event;

	XShmPutImage(display, drawable, gc, from->image, 0, 0, 0, 0, SIDE, SIDE, True);
	XNextEvent(display, &event);
	return event.type == XShmGetEventBase(display) + ShmCompletion;
}

static void test_images(Drawable pixmap, GC gc)
{
	struct shared_image one = { 0 }, two = { 0 };

	claim(make_image(&one) && make_image(&two), "the server attaches two images");
	claim(attaches(one.info.shmid) == 2, "two processes are attached to each");
	draw(one.image, 1);
	claim(put_and_wait(pixmap, gc, &one), "the server tells that it has taken the image");
	claim(drawable_shows(pixmap, 1), "it has drawn what was in the segment");
	claim(XShmGetImage(display, pixmap, two.image, 0, 0, AllPlanes) && shows(two.image, 1),
	      "it writes what it has drawn into the other segment");
	draw(two.image, 2);
	claim(!shmctl(two.info.shmid, IPC_RMID, NULL) && put_and_wait(pixmap, gc, &two) &&
	      drawable_shows(pixmap, 2), "a removed segment serves on while attached");
	XShmDetach(display, &one.info);
	claim(server_agrees() && attaches(one.info.shmid) == 1, "the server detaches");
	XShmDetach(display, &two.info);
	claim(server_agrees() && !shmdt(two.info.shmaddr) && attaches(two.info.shmid) == -1,
	      "the removed one goes with the last attach");
	shmdt(one.info.shmaddr);
	shmctl(one.info.shmid, IPC_RMID, NULL);
}

static void test_pixmap(GC gc)
{
	struct shared_image shared = { 0 };
	Pixmap drawn;

	claim(XShmPixmapFormat(display) == ZPixmap && make_image(&shared),
	      "the server has pixmaps in shared memory");
	drawn = XShmCreatePixmap(display, DefaultRootWindow(display), shared.info.shmaddr,
				 &shared.info, SIDE, SIDE,
				 DefaultDepth(display, DefaultScreen(display)));
	draw(shared.image, 3);
	claim(drawable_shows(drawn, 3), "what is written to such memory is in the pixmap");
	XSetForeground(display, gc, colour(0, 0, 4));
	XFillRectangle(display, drawn, gc, 0, 0, 1, 1);
	claim(server_agrees() && XGetPixel(shared.image, 0, 0) == colour(0, 0, 4),
	      "what the server draws in the pixmap is in the memory");
	XShmDetach(display, &shared.info);
	claim(server_agrees() && attaches(shared.info.shmid) == 2,
	      "the pixmap keeps the server attached");
	XFreePixmap(display, drawn);
	claim(server_agrees() && attaches(shared.info.shmid) == 1, "until it is freed");
	shmdt(shared.info.shmaddr);
	shmctl(shared.info.shmid, IPC_RMID, NULL);
}

static int try_attach(int shmid, bool read_only)
{
	XShmSegmentInfo info = { .shmid = shmid, .readOnly = read_only };

	return XShmAttach(display, &info) && server_agrees() ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	int major, minor;
	Bool pixmaps;
	Pixmap drawn;
	GC gc;

	display = XOpenDisplay(NULL);
	if (!display || !XShmQueryVersion(display, &major, &minor, &pixmaps)) {
		puts("no server, or one without MIT-SHM");
		return EXIT_FAILURE;
	}
	XSetErrorHandler(count_error);
	if (argc >= 3 && !strcmp(argv[1], "attach"))
		return try_attach(atoi(argv[2]), argc > 3);

	drawn = XCreatePixmap(display, DefaultRootWindow(display), SIDE, SIDE,
			      DefaultDepth(display, DefaultScreen(display)));
	gc = XCreateGC(display, drawn, 0, NULL);
	test_images(drawn, gc);
	test_pixmap(gc);
	return EXIT_SUCCESS;
}
