// The kernel interface's shrinkers and scopes: bodies of a few lines over Kernel. The functions are documented in
// quarry/shrinker.h and quarry/gfp.h.
import CShim
import Kernel

@c(quarry_shrinker_register)
public func quarryShrinkerRegister(_ shrinker: Shrinkers.Record?) { Shrinkers.register(shrinker) }

@c(quarry_shrinker_free)
public func quarryShrinkerFree(_ shrinker: Shrinkers.Record?) {
  if let shrinker { Shrinkers.free(shrinker) }
}

/// What a scope changes of the thread's context, until `leave` puts back what `enter` returned.
private func enter(_ context: UInt32) -> UInt32 {
  let old = quarry_context_of_thread()
  quarry_set_context_of_thread(old | context)
  return old & context
}

private func leave(_ context: UInt32, _ old: UInt32) {
  quarry_set_context_of_thread(quarry_context_of_thread() & ~context | old & context)
}

@c(quarry_memalloc_noio_save)
public func quarryMemallocNoioSave() -> UInt32 { enter(QUARRY_CONTEXT_NOIO) }
@c(quarry_memalloc_noio_restore)
public func quarryMemallocNoioRestore(_ flags: UInt32) { leave(QUARRY_CONTEXT_NOIO, flags) }

@c(quarry_memalloc_nofs_save)
public func quarryMemallocNofsSave() -> UInt32 { enter(QUARRY_CONTEXT_NOFS) }
@c(quarry_memalloc_nofs_restore)
public func quarryMemallocNofsRestore(_ flags: UInt32) { leave(QUARRY_CONTEXT_NOFS, flags) }

@c(quarry_memalloc_noreclaim_save)
public func quarryMemallocNoreclaimSave() -> UInt32 { enter(QUARRY_CONTEXT_MEMALLOC) }
@c(quarry_memalloc_noreclaim_restore)
public func quarryMemallocNoreclaimRestore(_ flags: UInt32) { leave(QUARRY_CONTEXT_MEMALLOC, flags) }
