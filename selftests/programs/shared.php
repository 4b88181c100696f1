<?php // SPDX-License-Identifier: GPL-2.0-only
// Shared memory by PHP's extensions shmop and sysvshm, in this process and a
// forked one; prints `ok CLAIM` or `not ok CLAIM` a test.

error_reporting(E_ALL & ~E_WARNING);

function test(string $claim, callable $code): void
{
	echo ($code() ? 'ok ' : 'not ok '), $claim, "\n";
}

// True if CODE is in a child that ended by itself.
function in_child(callable $code): bool
{
	$pid = pcntl_fork();
	if ($pid === 0)
		exit($code() ? 0 : 1);
	pcntl_waitpid($pid, $status);
	return pcntl_wifexited($status) && pcntl_wexitstatus($status) === 0;
}

$key = ftok(__FILE__, 'p');
$block = shmop_open($key, 'n', 0640, 5000);

test('shmop creates a block', fn() => $block && shmop_size($block) === 5000);
test('but not a second one for the key', fn() => shmop_open($key, 'n', 0640, 5000) === false);
test('and opens none for a key without one', fn() => shmop_open($key + 1, 'a', 0, 0) === false);
test('a child reads what the parent wrote', fn() =>
	shmop_write($block, 'from the parent', 4000) === 15 &&
	in_child(fn() => shmop_read(shmop_open($key, 'a', 0, 0), 4000, 15) === 'from the parent'));
test('the parent reads what a child wrote', fn() =>
	in_child(fn() => shmop_write(shmop_open($key, 'w', 0, 0), 'from the child', 0) === 14) &&
	shmop_read($block, 0, 14) === 'from the child');
test('a block opened to be read is not written', function () use ($key) {
	try {
		return !shmop_write(shmop_open($key, 'a', 0, 0), 'x', 0);
	} catch (Error) {
		return true;
	}
});
test('a removed block is gone for others', fn() =>
	shmop_delete($block) && shmop_open($key, 'a', 0, 0) === false);

$shared = shm_attach($key, 30000, 0600);
test('sysvshm keeps variables', fn() =>
	$shared && shm_put_var($shared, 7, ['list' => range(1, 100)]) &&
	shm_has_var($shared, 7) && !shm_has_var($shared, 8));
test('a child changes one', fn() => in_child(function () use ($key) {
	$mine = shm_attach($key);
	$value = shm_get_var($mine, 7);
	return array_sum($value['list']) === 5050 &&
		shm_put_var($mine, 7, 'changed') && shm_put_var($mine, 8, M_PI);
}) && shm_get_var($shared, 7) === 'changed' && shm_get_var($shared, 8) === M_PI);
test('what does not fit is refused', fn() =>
	shm_put_var($shared, 9, str_repeat('x', 40000)) === false && shm_get_var($shared, 7) === 'changed');
test('a removed variable is gone', fn() =>
	shm_remove_var($shared, 7) && !shm_has_var($shared, 7) && shm_has_var($shared, 8));
test('and so is all, removed', fn() => shm_remove($shared));
