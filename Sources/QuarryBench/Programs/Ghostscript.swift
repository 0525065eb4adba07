// Ghostscript renders pages, once from PostScript and once from PDF.

import Foundation

func ghostscriptRow(_ inputs: Inputs) throws -> Row {
  let ghostscript = try inputs.tool("gs")
  let quiet = [ghostscript, "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER"]
  let document = try inputs.made("page.pdf") { path in
    try run(quiet + ["-sDEVICE=pdfwrite", "-o", path, inputs.source("page.ps")])
  }
  let product = "\(inputs.folder)/page.png"
  return Row(
    name: "ghostscript", set: .programs, summary: "pages from PostScript and PDF",
    // One file, overwritten by each page: the last page is what is compared.
    command: quiet + ["-sDEVICE=png16m", "-r72", "-o", product, inputs.source("page.ps"), document],
    product: product)
}
