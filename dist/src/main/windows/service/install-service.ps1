# Installs Gatehouse as a Windows service, or brings an installed one up to date. Run it in Windows
# PowerShell 5.1 as administrator:
#
#   powershell -ExecutionPolicy Bypass -File install-service.ps1
#
# It compiles GatehouseService.cs with the compiler that is part of Windows, makes
# %ProgramData%\Gatehouse for administrators and the system account only, and puts a configuration
# there if there is none. It starts nothing; 'Start-Service Gatehouse' does.
#Requires -Version 5.1
#Requires -RunAsAdministrator
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$here = $PSScriptRoot
$bundle = Split-Path -Parent $here
$data = Join-Path $env:ProgramData 'Gatehouse'
$program = Join-Path $here 'gatehouse-service.exe'

if ($PSVersionTable.PSEdition -eq 'Core') {
  throw 'This script needs Windows PowerShell 5.1 (powershell.exe), because only that one compiles programs. Run it with powershell.exe.'
}

$service = Get-Service -Name Gatehouse -ErrorAction SilentlyContinue
if ($service -and $service.Status -ne 'Stopped') {
  Stop-Service -Name Gatehouse
}

# Whoever can write to the program could run code as the system: administrators and SYSTEM may,
# users may read. The names are SIDs, because names differ between languages.
& icacls.exe $bundle /inheritance:r /grant:r '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-545:(OI)(CI)RX' /q
if ($LASTEXITCODE -ne 0) { throw "The folder $bundle could not be protected." }

# State, configuration and logs: administrators and SYSTEM alone.
foreach ($folder in @($data, (Join-Path $data 'logs'))) {
  if (-not (Test-Path -LiteralPath $folder)) {
    New-Item -ItemType Directory -Path $folder | Out-Null
  }
}
& icacls.exe $data /setowner '*S-1-5-32-544' /q
if ($LASTEXITCODE -ne 0) { throw "The folder $data could not be given to the administrators." }
& icacls.exe $data /inheritance:r /grant:r '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F' /q
if ($LASTEXITCODE -ne 0) { throw "The folder $data could not be protected." }
# What was there before inherits the same.
Get-ChildItem -LiteralPath $data -Force | ForEach-Object {
  & icacls.exe $_.FullName /reset /t /c /q
  if ($LASTEXITCODE -ne 0) { throw "$($_.FullName) could not be protected." }
}

$configuration = Join-Path $data 'gatehouse.toml'
if (-not (Test-Path -LiteralPath $configuration)) {
  Copy-Item -LiteralPath (Join-Path $bundle 'conf\gatehouse.toml.example') -Destination $configuration
}

if (Test-Path -LiteralPath $program) {
  Remove-Item -LiteralPath $program
}
Add-Type -Path (Join-Path $here 'GatehouseService.cs') -ReferencedAssemblies 'System.ServiceProcess' `
  -OutputAssembly $program -OutputType ConsoleApplication

if ($service) {
  & sc.exe config Gatehouse binPath= "`"$program`"" | Out-Null
} else {
  New-Service -Name Gatehouse -BinaryPathName "`"$program`"" -DisplayName 'Gatehouse' `
    -Description 'Zero-trust access gateway.' -StartupType Automatic | Out-Null
}
# The driver needs the system account. After a failure it starts again: at once, later more slowly.
& sc.exe config Gatehouse obj= LocalSystem depend= Tcpip/nsi | Out-Null
& sc.exe failure Gatehouse reset= 3600 actions= restart/1000/restart/5000/restart/30000 | Out-Null
& sc.exe failureflag Gatehouse 1 | Out-Null

Write-Output "Gatehouse is installed. Its configuration is $configuration."
Write-Output "Put wintun.dll where docs\windows.md says, then run: Start-Service Gatehouse"
