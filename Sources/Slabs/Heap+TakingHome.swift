// What lists, sheaves and inboxes hold goes home: into the chain of the slab that each object belongs to.
import CShim
import Pages
import Platform
import Units

extension Heap {
  /// Takes the lists home and posts the sheaves: before a trim, and when the thread ends.
  public func empty() {
    for number in SizeClass.all { empty(SizeClass(number)) }
    postSheaves()
  }

  /// Takes the list of a class home.
  @inline(never) func empty(_ sizeClass: SizeClass) {
    let list = list(sizeClass)
    if list.pointee.head == 0 { return }
    let chain = list.pointee.head
    list.pointee.head = 0
    enter()
    let foreign = takeHome(chain)
    leave()
    list.pointee.room = 0
    passOn(foreign)
  }

  /// Takes the lists home as long as the heap is idle. The lock is free between two classes, since a thread that begins
  /// may be waiting for the heap.
  func emptyIdle() {
    for number in SizeClass.all where isIdle && list(SizeClass(number)).pointee.head != 0 {
      let list = list(SizeClass(number))
      var foreign: UInt64 = 0
      possessIdle {
        let chain = list.pointee.head
        list.pointee.head = 0
        list.pointee.room = 0
        foreign = takeHome(chain)
      }
      passOn(foreign)
    }
  }

  /// Takes each object of a chain to its slab. The heap is possessed.
  /// - Returns: the objects that belong to other heaps, as a chain that goes on with `others`.
  func takeHome(_ chain: UInt64, passingOn others: UInt64 = 0) -> UInt64 {
    let zone = Zone.shared
    let own = number
    var foreign = others
    var home: UInt64 = 0
    var object = chain
    while object != 0 {
      let next = Link.next(after: object, zone)
      let entry = Entry(zone.entry(PageIndex(offset: object)).pointee)
      if entry.owner == own {
        home &+= 1
        Cache(self, entry.sizeClass).takeHome(object, frame(entry))
      } else {
        zone.word(object).pointee = Link.encode(next: foreign, at: object, zone)
        foreign = object
      }
      object = next
    }
    record.pointee.outward &-= home
    return foreign
  }

  /// Posts each object of a chain to the heap that owns it.
  @inline(never) func passOn(_ chain: UInt64) {
    let zone = Zone.shared
    var object = chain
    while object != 0 {
      let next = Link.next(after: object, zone)
      let entry = Entry(zone.entry(PageIndex(offset: object)).pointee)
      post(object, tail: object, count: 1, to: entry.owner, entry.sizeClass)
      object = next
    }
  }

  /// Forgets the lists and sheaves of a thread that is gone without having emptied them, as in the child of a fork, where
  /// it may have been between two steps of an operation. The objects are lost; their number is bounded.
  func abandonLists() {
    for number in SizeClass.all { list(SizeClass(number)).pointee = quarry_list() }
    for slot in 0..<Int(QUARRY_SHEAF_COUNT) { quarry_heap_sheaf(record, slot).pointee = quarry_sheaf() }
  }

  /// Takes home what others posted for a class.
  /// - Returns: false when the heap's thread is at work in it.
  @discardableResult @inline(never) func drain(_ sizeClass: SizeClass) -> Bool {
    if Inbox(self, sizeClass).head == 0 { return true }
    var foreign: UInt64 = 0
    let done = possess { foreign = takeHome(Inbox(self, sizeClass).takeAll().head) }
    passOn(foreign)
    Balance.keep()
    return done
  }

  /// Takes home what others posted for all classes, and gives the kept pages back: one barrier for everything.
  /// - Returns: false when the heap's thread is at work in it.
  @discardableResult @inline(never) public func drain(releasingPages: Bool) -> Bool {
    var foreign: UInt64 = 0
    let done = possess {
      for number in SizeClass.all where Inbox(self, SizeClass(number)).head != 0 {
        foreign = takeHome(Inbox(self, SizeClass(number)).takeAll().head, passingOn: foreign)
      }
      if releasingPages { ThreadPages(self).release() }
    }
    passOn(foreign)
    Balance.keep()
    return done
  }
}
