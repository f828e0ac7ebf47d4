/* A V4L2 camera at the border to the kernel: preloaded, it answers the calls of videodev2.h for the
 * one node that YIMEN_V4L2_NODE names, and leaves all others alone.
 *
 * It sends Motion-JPEG (the files 0.jpg to 3.jpg beside the node) or YUYV, at 1280x720 or 640x480.
 * It has gone when the node has; another program has it while NODE.busy is there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFERS 4
#define ROOM (4 * 1024 * 1024)

static struct v4l2_pix_format format = {1280, 720, V4L2_PIX_FMT_YUYV, V4L2_FIELD_NONE};
static unsigned int rate = 30, queued[BUFFERS], head, tail, number;
static unsigned char *memory[BUFFERS];
static int exposure = 157, is_ours[1024];

static int fails(int why) { errno = why; return -1; }
static const char *node(void) { return getenv("YIMEN_V4L2_NODE"); }

static int is_busy(void) {
    char path[512];
    snprintf(path, sizeof path, "%s.busy", node());
    return access(path, F_OK) == 0;
}

static int noted(int fd, const char *path) {
    if (fd >= 0 && fd < 1024) is_ours[fd] = node() && strcmp(path, node()) == 0;
    return fd;
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int mode = va_arg(more, int);
    va_end(more);
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    return noted(real(path, flags, mode), path);
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int mode = va_arg(more, int);
    va_end(more);
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open64");
    return noted(real(path, flags, mode), path);
}

int close(int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, "close");
    if (fd >= 0 && fd < 1024) is_ours[fd] = 0;
    return real(fd);
}

static void *mapped(void *(*real)(void *, size_t, int, int, int, off_t), void *at, size_t size,
                    int protection, int flags, int fd, off_t offset) {
    if (fd < 0 || fd >= 1024 || !is_ours[fd])
        return real(at, size, protection, flags, fd, offset);
    void *found = real(at, size, protection | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memory[offset / ROOM % BUFFERS] = found;
    return found;
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    return mapped(dlsym(RTLD_NEXT, "mmap"), at, size, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    return mapped(dlsym(RTLD_NEXT, "mmap64"), at, size, protection, flags, fd, offset);
}

static void negotiate(struct v4l2_pix_format *asked) {
    int large = asked->width > 960;
    asked->width = large ? 1280 : 640;
    asked->height = large ? 720 : 480;
    if (asked->pixelformat != V4L2_PIX_FMT_MJPEG) asked->pixelformat = V4L2_PIX_FMT_YUYV;
    asked->field = V4L2_FIELD_NONE;
    asked->bytesperline = asked->pixelformat == V4L2_PIX_FMT_YUYV ? asked->width * 2 : 0;
    asked->sizeimage = ROOM;
}

static unsigned int picture(unsigned char *into) {
    if (format.pixelformat == V4L2_PIX_FMT_YUYV) {
        unsigned int size = format.width * format.height * 2;
        for (unsigned int at = 0; at < size; at += 2) {
            into[at] = 100 + (at * 7 + number * 13) % 31;
            into[at + 1] = 128;
        }
        return size;
    }
    char path[512];
    snprintf(path, sizeof path, "%s.%u.jpg", node(), number % 4);
    FILE *file = fopen(path, "rb");
    if (!file) return 0;
    unsigned int size = fread(into, 1, ROOM - 64, file);
    fclose(file);
    memset(into + size, 0, 64);
    return size + 64; /* some devices pad */
}

static int take(struct v4l2_buffer *buffer) {
    if (head == tail) return fails(EAGAIN);
    usleep(1000000 / rate);
    buffer->index = queued[tail++ % BUFFERS];
    buffer->bytesused = picture(memory[buffer->index]);
    buffer->sequence = number++;
    buffer->length = ROOM;
    return 0;
}

static int control(struct v4l2_queryctrl *asked) {
    static const struct v4l2_queryctrl ours = {
        V4L2_CID_EXPOSURE_ABSOLUTE, V4L2_CTRL_TYPE_INTEGER, "Exposure Time, Absolute",
        3, 2047, 1, 250, 0, {0}};
    if (asked->id != ours.id) return fails(EINVAL);
    *asked = ours;
    return 0;
}

static int value(unsigned long request, struct v4l2_control *asked) {
    if (asked->id != V4L2_CID_EXPOSURE_ABSOLUTE) return fails(EINVAL);
    if (request == VIDIOC_G_CTRL) {
        asked->value = exposure;
        return 0;
    }
    if (asked->value < 3 || asked->value > 2047) return fails(ERANGE);
    exposure = asked->value;
    return 0;
}

static int capability(struct v4l2_capability *answer) {
    memset(answer, 0, sizeof *answer);
    strcpy((char *)answer->driver, "uvcvideo");
    strcpy((char *)answer->card, "Hall Camera");
    answer->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    answer->capabilities = answer->device_caps | V4L2_CAP_DEVICE_CAPS;
    return 0;
}

static int parameters(unsigned long request, struct v4l2_streamparm *asked) {
    struct v4l2_captureparm *capture = &asked->parm.capture;
    if (request == VIDIOC_S_PARM && capture->timeperframe.numerator)
        rate = capture->timeperframe.denominator / capture->timeperframe.numerator;
    if (rate < 5 || rate > 30) rate = rate < 5 ? 5 : 30;
    capture->capability = V4L2_CAP_TIMEPERFRAME;
    capture->timeperframe.numerator = 1;
    capture->timeperframe.denominator = rate;
    return 0;
}

static int queue_of(unsigned long request, struct v4l2_buffer *buffer) {
    if (request == VIDIOC_DQBUF) return take(buffer);
    if (buffer->index >= BUFFERS) return fails(EINVAL);
    buffer->length = ROOM;
    buffer->m.offset = buffer->index * ROOM;
    if (request == VIDIOC_QBUF) queued[head++ % BUFFERS] = buffer->index;
    return 0;
}

static int answer(unsigned long request, void *argument) {
    if (access(node(), F_OK) != 0) return fails(ENODEV);
    switch (request) {
    case VIDIOC_QUERYCAP: return capability(argument);
    case VIDIOC_QUERYCTRL: return control(argument);
    case VIDIOC_G_CTRL:
    case VIDIOC_S_CTRL: return value(request, argument);
    case VIDIOC_G_INPUT: *(int *)argument = 0; return 0;
    case VIDIOC_S_INPUT: return 0;
    case VIDIOC_G_FMT: ((struct v4l2_format *)argument)->fmt.pix = format; return 0;
    case VIDIOC_TRY_FMT: negotiate(&((struct v4l2_format *)argument)->fmt.pix); return 0;
    case VIDIOC_S_FMT:
        if (is_busy()) return fails(EBUSY);
        negotiate(&((struct v4l2_format *)argument)->fmt.pix);
        format = ((struct v4l2_format *)argument)->fmt.pix;
        return 0;
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM: return parameters(request, argument);
    case VIDIOC_REQBUFS:
        if (is_busy()) return fails(EBUSY);
        head = tail = 0;
        if (((struct v4l2_requestbuffers *)argument)->count)
            ((struct v4l2_requestbuffers *)argument)->count = BUFFERS;
        return 0;
    case VIDIOC_QUERYBUF:
    case VIDIOC_QBUF:
    case VIDIOC_DQBUF: return queue_of(request, argument);
    case VIDIOC_STREAMON: return 0;
    case VIDIOC_STREAMOFF: head = tail = 0; return 0;
    default: return fails(ENOTTY);
    }
}

int ioctl(int fd, unsigned long request, ...) {
    va_list more;
    va_start(more, request);
    void *argument = va_arg(more, void *);
    va_end(more);
    if (fd >= 0 && fd < 1024 && is_ours[fd]) return answer(request & 0xffffffff, argument);
    int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
    return real(fd, request, argument);
}
