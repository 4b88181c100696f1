// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings of segments.
 *
 * A mapping holds a file of ours on the inode that holds the pages, and that
 * file holds the segment: what a mapping belongs to is never looked up by
 * identifier. One such file serves all read-write mappings of a segment, one
 * all read-only ones. Only the kernel ever opens, maps or closes them.
 *
 * Faults and everything else but open and close are the base's own.
 */
#include "map.h"

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include <uapi/linux/shm.h>

#include "compat.h"
#include "refuse.h"
#include "report.h"
#include "seg.h"
#include "vmsysctl.h"

static struct altshm_vmops *vma_vmops(struct vm_area_struct *vma)
{
	return container_of(vma->vm_ops, struct altshm_vmops, ops);
}

static struct altshm_seg *vma_seg(struct vm_area_struct *vma)
{
	return vma->vm_file->private_data;
}

/*
 * When the process came by a mapping is kept in a field that the base has no use for:
 * private data is hugetlb's own, but what swapping remembers of a mapping is not.
 */
static void map_set_since(struct vm_area_struct *vma)
{
	unsigned long now = ktime_get_real_seconds();

	if (!vma_seg(vma)->backing.huge)
		WRITE_ONCE(vma->vm_private_data, (void *)now);
#ifdef CONFIG_SWAP
	else
		atomic_long_set(&vma->swap_readahead_info, now);
#endif
}

time64_t altshm_map_since(struct vm_area_struct *vma)
{
	if (!vma_seg(vma)->backing.huge)
		return (unsigned long)READ_ONCE(vma->vm_private_data);
#ifdef CONFIG_SWAP
	return atomic_long_read(&vma->swap_readahead_info);
#else
	return 0;
#endif
}

/* A mapping was copied: fork, split or mremap. Its twin keeps the segment alive. */
static void map_open(struct vm_area_struct *vma)
{
	const struct vm_operations_struct *base = vma_vmops(vma)->base;
	long nattch;

	if (base->open)
		base->open(vma);
	if (vma->vm_mm != current->mm)
		map_set_since(vma);
	nattch = altshm_seg_mapped(vma_seg(vma));
	WARN_ON_ONCE(nattch < 0);
	if (altshm_event_on(attach))
		altshm_report_mapped(vma_seg(vma), vma, true, nattch);
}

static void map_close(struct vm_area_struct *vma)
{
	const struct vm_operations_struct *base = vma_vmops(vma)->base;

	if (base->close)
		base->close(vma);
	altshm_seg_unmapped(vma_seg(vma), vma);
}

/* Make the copy of @base, or find it made. Return: whether it is of this base. */
static bool vmops_copy(struct altshm_vmops *vmops, const struct vm_operations_struct *base)
{
	/* Pairs with smp_store_release() below. */
	const struct vm_operations_struct *known = smp_load_acquire(&vmops->base);

	if (!known) {
		guard(mutex)(&vmops->lock);
		known = vmops->base;
		if (!known) {
			vmops->ops = *base;
			vmops->ops.open = map_open;
			vmops->ops.close = map_close;
			altshm_vmops_restrict(&vmops->ops);
			known = base;
			/* Pairs with smp_load_acquire() above. */
			smp_store_release(&vmops->base, base);
		}
	}
	/* All files of a kind have one base. */
	return !WARN_ON_ONCE(known != base);
}

/*
 * Comes from altshm_map_attach(), or from remap_file_pages(), which holds the
 * file only: the segment can be dead by then.
 */
static int map_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct altshm_seg *seg = file->private_data;
	long nattch;
	int err;

	nattch = altshm_seg_mapped(seg);
	if (nattch < 0)
		return nattch;
	err = vfs_mmap(seg->backing.file, vma);
	if (err)
		goto err_unmapped;
	if (!vmops_copy(seg->backing.vmops, vma->vm_ops)) {
		err = -EINVAL;
		goto err_close;
	}
	vma->vm_ops = &seg->backing.vmops->ops;
	map_set_since(vma);
	if (altshm_event_on(attach))
		altshm_report_mapped(seg, vma, false, nattch);
	return 0;

err_close:
	if (vma->vm_ops->close)
		vma->vm_ops->close(vma);
err_unmapped:
	altshm_seg_unmapped(seg, NULL);
	return err;
}

static int map_release(struct inode *inode, struct file *file)
{
	altshm_seg_put(file->private_data);
	return 0;
}

/* shmem and hugetlbfs insist on seeing files of their own. */
static unsigned long map_get_unmapped_area(struct file *file, unsigned long addr,
					   unsigned long len, unsigned long pgoff,
					   unsigned long flags)
{
	struct altshm_seg *seg = file->private_data;
	struct file *base = seg->backing.file;

	return base->f_op->get_unmapped_area(base, addr, len, pgoff, flags);
}

/* For MADV_REMOVE. */
static long map_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct altshm_seg *seg = file->private_data;
	struct file *base = seg->backing.file;

	if (!base->f_op->fallocate)
		return -EOPNOTSUPP;
	return base->f_op->fallocate(base, mode, offset, len);
}

static const struct file_operations map_fops = {
	.owner = THIS_MODULE,
	.mmap = map_mmap,
	.release = map_release,
	.get_unmapped_area = map_get_unmapped_area,
	.fallocate = map_fallocate,
	.fsync = noop_fsync,
};

bool altshm_map_is(const struct vm_area_struct *vma)
{
	return vma->vm_file && vma->vm_file->f_op == &map_fops;
}

static struct file *map_file_create(struct altshm_seg *seg, bool readonly)
{
	struct file *base = seg->backing.file;
	struct inode *inode = file_inode(base);
	struct file *file;
	char name[16];

	snprintf(name, sizeof(name), "SYSV%08x", seg->name_key);
	ihold(inode);
	/* The file's end drops a module reference that its making does not take. */
	__module_get(THIS_MODULE);
	file = alloc_file_pseudo(inode, base->f_path.mnt, name, readonly ? O_RDONLY : O_RDWR,
				 &map_fops);
	if (IS_ERR(file)) {
		altshm_refuse_file(PTR_ERR(file));
		module_put(THIS_MODULE);
		iput(inode);
		return file;
	}
	refcount_inc(&seg->refs);
	file->private_data = seg;
	return file;
}

/* @seg is pinned, which keeps the file. */
static struct file *map_file_obtain(struct altshm_seg *seg, bool readonly)
{
	struct file **slot = &seg->map_file[readonly];
	struct file *file, *other;

	/* Pairs with cmpxchg() below. */
	file = smp_load_acquire(slot);
	if (file)
		return file;
	file = map_file_create(seg, readonly);
	if (IS_ERR(file))
		return file;
	other = cmpxchg(slot, NULL, file);
	if (!other)
		return file;
	fput(file);
	return other;
}

/* Round the address wanted, or refuse it, as do_shmat() does. */
static int attach_address(unsigned long *addr, int shmflg)
{
	if (*addr & (SHMLBA - 1)) {
		if (shmflg & SHM_RND)
			*addr &= ~(SHMLBA - 1);
#ifdef __ARCH_FORCE_SHMLBA
		else
			return altshm_refuse(-EINVAL, ALTSHM_RULE_BAD_ADDRESS, SHMLBA, *addr);
#else
		else if (*addr & ~PAGE_MASK)
			return altshm_refuse(-EINVAL, ALTSHM_RULE_BAD_ADDRESS, PAGE_SIZE, *addr);
#endif
	}
	if ((shmflg & SHM_REMAP) && !*addr)
		return altshm_refuse(-EINVAL, ALTSHM_RULE_BAD_ADDRESS, 0, 0);
	return 0;
}

static unsigned int attach_mode(int shmflg)
{
	unsigned int mode = 0444;

	if (!(shmflg & SHM_RDONLY))
		mode |= 0222;
	if (shmflg & SHM_EXEC)
		mode |= 0111;
	return mode;
}

/* Where a mapping of this length can be at most. */
static unsigned long highest_address(unsigned long len)
{
	return len < TASK_SIZE ? TASK_SIZE - len : 0;
}

/* Say what the kernel had no room for. Other threads may map and unmap meanwhile. */
static int map_refuse_room(unsigned long addr, unsigned long len)
{
	u64 total = ((u64)READ_ONCE(current->mm->total_vm) << PAGE_SHIFT) + len;
	u64 mappings = altshm_vmsysctl_max_map_count();

	if (addr > highest_address(len))
		return altshm_refuse(-ENOMEM, ALTSHM_RULE_BAD_ADDRESS, highest_address(len), addr);
	if (total > rlimit(RLIMIT_AS))
		return altshm_refuse(-ENOMEM, ALTSHM_RULE_ADDRESS_SPACE, rlimit(RLIMIT_AS), total);
	if (mappings && READ_ONCE(current->mm->map_count) >= mappings)
		return altshm_refuse(-ENOMEM, ALTSHM_RULE_MAPPINGS, mappings, mappings + 1);
	/* There may be room, but not in one piece. */
	if (total > TASK_SIZE / 4)
		return altshm_refuse(-ENOMEM, ALTSHM_RULE_ADDRESS_SPACE, TASK_SIZE, total);
	return altshm_refuse(-ENOMEM, ALTSHM_RULE_MEMORY, 0, 0);
}

/* Say why vm_mmap() did not map. */
static int map_refuse(struct altshm_seg *seg, int err, unsigned long addr, unsigned long len)
{
	u64 lowest;

	if (!altshm_refusal_watched())
		return err;
	switch (err) {
	case -ENOMEM:
		return map_refuse_room(addr, len);
	case -EAGAIN:
		return altshm_refuse(err, ALTSHM_RULE_MEMLOCK, rlimit(RLIMIT_MEMLOCK),
				     ((u64)READ_ONCE(current->mm->locked_vm) << PAGE_SHIFT) + len);
	case -EPERM:
		lowest = altshm_vmsysctl_mmap_min_addr();
		if (addr < lowest)
			altshm_refuse(err, ALTSHM_RULE_ADDRESS_TOO_LOW, lowest, addr);
		return err;
	case -EINVAL:
		if (seg->backing.huge)
			altshm_refuse(err, ALTSHM_RULE_BAD_ADDRESS,
				      file_inode(seg->backing.file)->i_sb->s_blocksize, addr);
		return err;
	case -EINTR:
		return altshm_refuse(err, ALTSHM_RULE_KILLED, 0, 0);
	default:
		return err;
	}
}

/*
 * Takes mmap_lock for a look at what the caller has mapped, before a change to it. For
 * writing, as that change: writers spin while one has it, but a reader then goes to
 * sleep, and the writers behind it do.
 */
static int mm_lock_mappings(struct mm_struct *mm)
{
	return mmap_write_lock_killable(mm) ? altshm_refuse(-EINTR, ALTSHM_RULE_KILLED, 0, 0) : 0;
}

/* Answers before other errors can, as in do_shmat(). The mapping itself looks again. */
static int range_is_free(unsigned long addr, unsigned long len)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	unsigned long taken;
	int err;

	if (addr + len < addr)
		return altshm_refuse(-EINVAL, ALTSHM_RULE_BAD_ADDRESS, highest_address(len), addr);
	err = mm_lock_mappings(mm);
	if (err)
		return err;
	vma = find_vma_intersection(mm, addr, addr + len);
	taken = vma ? vma->vm_start : 0;
	mmap_write_unlock(mm);
	return vma ? altshm_refuse(-EINVAL, ALTSHM_RULE_ADDRESS_TAKEN, taken, addr) : 0;
}

static int attach_map(struct altshm_seg *seg, unsigned long *addr, unsigned long len, int shmflg,
		      bool fixed)
{
	unsigned long prot = PROT_READ, flags = MAP_SHARED, at;
	struct file *file;
	int err;

	file = map_file_obtain(seg, shmflg & SHM_RDONLY);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (!(shmflg & SHM_RDONLY))
		prot |= PROT_WRITE;
	if (shmflg & SHM_EXEC)
		prot |= PROT_EXEC;

	if (fixed)
		flags |= MAP_FIXED;
	/* What is mapped at address 0 is not looked at. */
	if (*addr && !(shmflg & SHM_REMAP)) {
		err = range_is_free(*addr, len);
		if (err)
			return err;
		flags |= MAP_FIXED_NOREPLACE;
	}
	at = vm_mmap(file, *addr, len, prot, flags, 0);
	if (at == -EEXIST)
		return altshm_refuse(-EINVAL, ALTSHM_RULE_ADDRESS_TAKEN, *addr, *addr);
	if (IS_ERR_VALUE(at))
		return map_refuse(seg, at, *addr, len);
	*addr = at;
	return 0;
}

static bool is_spared(const struct altshm_map_range *spare, unsigned long start, unsigned long end)
{
	for (; spare; spare = spare->next) {
		if (spare->start < end && spare->end > start)
			return true;
	}
	return false;
}

static noinline int attach_map_reported(struct altshm_seg *seg, unsigned long *addr,
					unsigned long len, int shmflg, bool fixed)
{
	struct altshm_report_call call = { .cause = ALTSHM_CAUSE_ATTACH, .shmflg = shmflg };
	int err;

	altshm_report_begin(seg, &call);
	err = attach_map(seg, addr, len, shmflg, fixed);
	altshm_report_end(seg, &call);
	return err;
}

int altshm_map_attach(int shmid, unsigned long *addr, int shmflg, unsigned long *len,
		      const struct altshm_map_range *spare)
{
	/* Also where the address is then rounded down to 0. */
	bool fixed = *addr, replaces;
	struct altshm_seg *seg;
	int err;

	if (shmid < 0)
		return altshm_refuse(-EINVAL, ALTSHM_RULE_NO_SUCH_ID, 0, shmid);
	err = attach_address(addr, shmflg);
	if (err)
		return err;
	seg = altshm_seg_pin(shmid, attach_mode(shmflg));
	if (IS_ERR(seg))
		return PTR_ERR(seg);
	*len = i_size_read(file_inode(seg->backing.file));
	/* Whole pages are mapped over. */
	replaces = fixed && (!*addr || (shmflg & SHM_REMAP));
	if (replaces && is_spared(spare, *addr, *addr + PAGE_ALIGN(*len)))
		err = altshm_refuse(-EFAULT, ALTSHM_RULE_BAD_POINTER, 0, *addr);
	else if (altshm_event_on(attach))
		err = attach_map_reported(seg, addr, *len, shmflg, fixed);
	else
		err = attach_map(seg, addr, *len, shmflg, fixed);
	altshm_seg_unpin(seg);
	return err;
}

/* The pieces of one attach, which lies at @base as if nothing of it had gone or moved. */
struct attach_range {
	unsigned long base;
	struct file *file;	/* counted; NULL until the first piece is found */
	unsigned long len;
};

static bool piece_matches(const struct vm_area_struct *vma, const struct attach_range *range)
{
	return altshm_map_is(vma) &&
	       (!range->file || vma->vm_file == range->file) &&
	       (vma->vm_start - range->base) >> PAGE_SHIFT == vma->vm_pgoff;
}

/*
 * Find the first piece at or after @from and name its bounds. Which attach is
 * meant is decided by the first piece found; no piece can be beyond its length.
 *
 * Return: 0, -EINVAL if there is none (more), -EINTR.
 */
static int piece_find(struct attach_range *range, unsigned long from, unsigned long *start,
		      unsigned long *end)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int err;

	err = mm_lock_mappings(mm);
	if (err)
		return err;
	err = -EINVAL;
	/* Most of the time the piece is the whole, and right here. */
	for (vma = vma_lookup(mm, from) ?: find_vma(mm, from); vma;
	     vma = find_vma(mm, vma->vm_end)) {
		if (range->file && vma->vm_end - range->base > range->len)
			break;
		if (vma->vm_start < from || !piece_matches(vma, range))
			continue;
		if (!range->file) {
			range->file = get_file(vma->vm_file);
			range->len = PAGE_ALIGN(i_size_read(file_inode(vma->vm_file)));
		}
		*start = vma->vm_start;
		*end = vma->vm_end;
		err = 0;
		break;
	}
	mmap_write_unlock(mm);
	return err;
}

/*
 * Unmap the piece that was found and all that follow. Finding a piece and
 * unmapping it are two steps, with mmap_lock dropped in between. A process whose
 * threads map and unmap the same range meanwhile has a race of its own, which
 * the native shmdt() orders but does not resolve either.
 */
static int pieces_unmap(struct attach_range *range, unsigned long start, unsigned long end)
{
	int err;

	do {
		err = vm_munmap(start, end - start);
	} while (!err && end - range->base < range->len &&
		 !piece_find(range, end, &start, &end));
	return err;
}

static noinline int pieces_unmap_reported(struct attach_range *range, unsigned long start,
					  unsigned long end)
{
	struct altshm_report_call call = { .cause = ALTSHM_CAUSE_DETACH };
	struct altshm_seg *seg = range->file->private_data;
	int err;

	altshm_report_begin(seg, &call);
	err = pieces_unmap(range, start, end);
	altshm_report_end(seg, &call);
	return err;
}

int altshm_map_detach(unsigned long addr)
{
	struct attach_range range = { .base = addr };
	unsigned long start, end;
	int err;

	if (addr & ~PAGE_MASK)
		return altshm_refuse(-EINVAL, ALTSHM_RULE_BAD_ADDRESS, PAGE_SIZE, addr);
	err = piece_find(&range, addr, &start, &end);
	if (err == -EINVAL)
		return altshm_refuse(err, ALTSHM_RULE_NOT_ATTACHED, 0, addr);
	if (err)
		return err;
	if (altshm_event_on(detach))
		err = pieces_unmap_reported(&range, start, end);
	else
		err = pieces_unmap(&range, start, end);
	fput(range.file);
	return err;
}
