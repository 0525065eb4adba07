import CShim
import Platform
import TestSupport
import Testing
import Units

@testable import Pages
@testable import Requests
@testable import Slabs

extension TheHeap {
  @Suite("Requests") struct Requests {
    @Test(arguments: [101, 102, 103] as [UInt64])
    func randomStepsMatchTheModel(seed: UInt64) throws {
      try FreshHeap.run {
        Faults.clock = 1
        var model = RequestModel()
        try takeSteps(800, seed: seed) { random in
          try model.step(&random, limit: 250)
          try model.verify()
        }
        try model.freeAll()
        try model.verify()
      }
    }
  }
}
